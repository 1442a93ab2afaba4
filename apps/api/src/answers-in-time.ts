const ANSWER_BOUND_MS = 2_000;

/** Whether a server answers, and soon: one that swallows what it is asked counts as down. */
export async function answersInTime(ping: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ANSWER_BOUND_MS, false);
  });
  const answered = ping.then(
    () => true,
    () => false,
  );
  return Promise.race([answered, bound]).finally(() => clearTimeout(timer));
}
