import type { Priority } from '@catwalk/contract';

/** What `POST /v1/try-ons` and a line of a batch take; `null` means absent. */
export interface NewTryOn {
  /** The person: an absolute http or https address, like all pictures. */
  readonly humanImage: string;
  /** A garment for the whole body; excludes the other two. */
  readonly dressInput?: string | null | undefined;
  readonly upperInput?: string | null | undefined;
  readonly lowerInput?: string | null | undefined;
  /** 1 to 4, 1 if absent; each is billed. */
  readonly imageCount?: number | null | undefined;
  /** The provider account to use; absent, any with a free slot. */
  readonly email?: string | null | undefined;
  /** Starts only while fewer jobs than this are open on its account. */
  readonly maxJobs?: number | null | undefined;
  readonly replyUrl?: string | null | undefined;
  readonly replyRef?: string | null | undefined;
  /** Your own id. */
  readonly customId?: string | null | undefined;
  /** Your own labels. */
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  readonly priority?: Priority | null | undefined;
  /** Not submitted by then, it fails as `expired`, unbilled. */
  readonly expiresAt?: Date | string | null | undefined;
  /** Copies its inputs soon, for addresses that do not live as long as the queue. */
  readonly copyInputs?: boolean | null | undefined;
}

type Picture = 'humanImage' | 'dressInput' | 'upperInput' | 'lowerInput';

/** What lines of a JSON document may take from its `defaults`. */
export type BatchDefaults = Partial<Omit<NewTryOn, Picture | 'customId'>>;

/** A person of `people`: a picture, or one with a part of the `customId`. */
export type Person = string | { readonly image: string; readonly customId?: string | null | undefined };

/** A garment of `garments`: a dress, or an upper or a lower or both. */
export interface Garment {
  readonly dress?: string | null | undefined;
  readonly upper?: string | null | undefined;
  readonly lower?: string | null | undefined;
  readonly customId?: string | null | undefined;
}
