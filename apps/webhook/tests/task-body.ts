/** The provider's task model as it is called back; ids are written as bare digits, however large. */
export function taskBody(
  taskId: string | null,
  more: {
    readonly name?: string | null;
    readonly final?: boolean | null;
    readonly images?: readonly string[];
    readonly message?: string;
    /** Members added to the top level, as JSON: `,"replyRef":"…"`. */
    readonly extra?: string;
    /** Members added to `task`, as JSON. */
    readonly inTask?: string;
  } = {},
): string {
  const {
    name = 'succeed',
    final = true,
    images = ['https://cdn.example/a.png'],
    message = 'success',
  } = more;
  const works = images.map((resource) => ({ resource: { resource, width: 768, height: 1024 } }));
  const task = taskId === null ? '' : `"task":{"id":${taskId}${more.inTask ?? ''}},`;
  const status = name === null ? '' : `"status_name":${JSON.stringify(name)},`;
  const end = final === null ? '' : `"status_final":${final},`;
  return `{${task}"works":${JSON.stringify(works)},"status":99,${status}${end}"message":${JSON.stringify(message)}${more.extra ?? ''}}`;
}

/** A task that goes on. */
export function progressBody(taskId: string | null, extra = ''): string {
  return taskBody(taskId, { name: 'processing', final: false, images: [], message: '', extra });
}

/** A task that failed. */
export function failureBody(taskId: string | null, message = 'Generation failed'): string {
  return taskBody(taskId, { name: 'failed', images: [], message });
}
