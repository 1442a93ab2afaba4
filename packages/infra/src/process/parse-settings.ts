import type { z } from 'zod';

/** What is wrong with one setting; never carries its value. */
export interface SettingProblem {
  readonly name: string;
  readonly rule: string;
}

/** Settings a process cannot start with. The message lists every problem, one `NAME: rule` line each. */
export class SettingsError extends Error {
  override name = 'SettingsError';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(problems.map((problem) => `${problem.name}: ${problem.rule}`).join('\n'));
    this.problems = problems;
  }
}

/** A rule between settings. It sees only those that are sound by themselves. */
export type SettingRule<T> = (values: Partial<T>) => SettingProblem | null;

/**
 * Reads an app's settings from the environment. An empty value counts as unset. All problems are reported
 * together, by name, without values; a rule between settings is checked even if a third setting is broken.
 *
 * @throws SettingsError
 */
export function parseSettings<S extends z.ZodObject>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
  rules: readonly SettingRule<z.output<S>>[] = [],
): z.output<S> {
  const values: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  for (const [name, field] of Object.entries(schema.shape)) {
    const result = (field as z.ZodType).safeParse(textOf(env[name]));
    if (result.success) values[name] = result.data;
    else problems.push(...result.error.issues.map((issue) => ({ name, rule: ruleOf(issue, env[name]) })));
  }
  for (const rule of rules) {
    const problem = rule(values as Partial<z.output<S>>);
    if (problem !== null) problems.push(problem);
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return values as z.output<S>;
}

function textOf(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === '' ? undefined : text;
}

function ruleOf(issue: z.core.$ZodIssue, value: string | undefined): string {
  return textOf(value) === undefined && issue.code !== 'custom' ? 'is required' : issue.message;
}
