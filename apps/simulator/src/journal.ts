import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Task } from './task.js';

/** What outlives a restart: the tasks of the last day, and totals that count the dropped ones too. */
export type JournalContents = {
  ordinal: number;
  dropped: { accepted: number; images: number };
  tasks: Task[];
};

export type Journal = {
  accepted(task: Task): void;
  /** The task ended, or its callback went out. */
  changed(task: Task): void;
  /** Forgets all tasks; the count of ids goes on. */
  clear(): void;
  close(): void;
};

type JournalLine =
  | { kind: 'base'; ordinal: number; accepted: number; images: number }
  | { kind: 'task'; task: Task }
  | ({ kind: 'change'; id: string } & Pick<Task, 'status' | 'updatedAt' | 'message' | 'called'>);

const keptMs = 86_400_000;

/** Without a file nothing is kept. */
export function openJournal(
  file: string | null,
  now: number,
): { journal: Journal; contents: JournalContents } {
  const contents: JournalContents = { ordinal: 0, dropped: { accepted: 0, images: 0 }, tasks: [] };
  if (file === null) return { journal: { accepted() {}, changed() {}, clear() {}, close() {} }, contents };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const loaded = existsSync(file) ? dropOld(readJournal(file), now) : contents;
  writeCompacted(file, loaded);
  return { journal: appendingJournal(file, loaded.ordinal), contents: loaded };
}

/** Lines are written before the submit is answered, synchronously: a killed process has lost no accepted task. */
function appendingJournal(file: string, loadedOrdinal: number): Journal {
  let ordinal = loadedOrdinal;
  let descriptor = openSync(file, 'a', 0o600);
  let open = true;
  const append = (line: JournalLine): void => {
    if (open) writeSync(descriptor, `${JSON.stringify(line)}\n`);
  };
  return {
    accepted(task) {
      ordinal = task.ordinal;
      append({ kind: 'task', task });
    },
    changed: ({ id, status, updatedAt, message, called }) =>
      append({ kind: 'change', id, status, updatedAt, message, called }),
    clear() {
      closeSync(descriptor);
      writeCompacted(file, { ordinal, dropped: { accepted: 0, images: 0 }, tasks: [] });
      descriptor = openSync(file, 'a', 0o600);
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

function readJournal(file: string): JournalContents {
  const tasks = new Map<string, Task>();
  const contents: JournalContents = { ordinal: 0, dropped: { accepted: 0, images: 0 }, tasks: [] };
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    const line = parseLine(text);
    if (line?.kind === 'base') {
      contents.ordinal = line.ordinal;
      contents.dropped = { accepted: line.accepted, images: line.images };
    } else if (line?.kind === 'task') {
      tasks.set(line.task.id, line.task);
      contents.ordinal = Math.max(contents.ordinal, line.task.ordinal);
    } else if (line?.kind === 'change') {
      const { kind: _, id, ...change } = line;
      const task = tasks.get(id);
      if (task) Object.assign(task, change);
    }
  }
  contents.tasks = [...tasks.values()];
  return contents;
}

/** The last line may be torn: the process was killed while writing it, and nobody was told it was accepted. */
function parseLine(text: string): JournalLine | null {
  if (text === '') return null;
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    return null;
  }
}

function dropOld(contents: JournalContents, now: number): JournalContents {
  const old = contents.tasks.filter((task) => task.acceptedAt < now - keptMs);
  return {
    ordinal: contents.ordinal,
    dropped: {
      accepted: contents.dropped.accepted + old.length,
      images: old.reduce((sum, task) => sum + task.request.imageCount, contents.dropped.images),
    },
    tasks: contents.tasks.filter((task) => task.acceptedAt >= now - keptMs),
  };
}

function writeCompacted(file: string, contents: JournalContents): void {
  const base: JournalLine = { kind: 'base', ordinal: contents.ordinal, ...contents.dropped };
  const lines: JournalLine[] = [base, ...contents.tasks.map((task) => ({ kind: 'task' as const, task }))];
  writeFileSync(`${file}.new`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
