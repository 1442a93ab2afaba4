import { InvalidArgumentError } from 'commander';

/** An option that is a whole number above 0; what else it may be, the API says. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number above 0.');
  return Number(text);
}

/** An option that is a place in the log of events. */
export function positionNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 0.');
  return Number(text);
}

/** An option that is a comma-separated list of these words. */
export function listOf<Word extends string>(words: readonly Word[]): (text: string) => Word[] {
  return (text) =>
    text.split(',').map((part) => {
      const word = words.find((one) => one === part.trim());
      if (word === undefined)
        throw new InvalidArgumentError(`It is a comma-separated list of ${words.join(', ')}.`);
      return word;
    });
}
