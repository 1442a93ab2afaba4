const ADDRESS = /(https?:\\?\/\\?\/)(?:[^\s"'<>/?#@\\]*@)?([^\s"'<>?#]*)(?:[?#][^\s"'<>]*)?/gi;

const SIGNED_PATH = /(\/callbacks\\?\/)[^\s"'<>?#]+/gi;

/**
 * Cuts user info, query and fragment off every address in a text, and the signed path off our own callback
 * addresses. That is where addresses carry their secrets; nobody needs them in a log, an event or a timeline.
 */
export function cutQuery(text: string): string {
  return text.replace(ADDRESS, '$1$2').replace(SIGNED_PATH, '$1…');
}
