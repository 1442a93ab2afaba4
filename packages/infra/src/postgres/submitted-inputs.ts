import { Prisma } from './generated/client.js';

/**
 * The inputs of a row `t` as they are submitted: the addresses of copies where there are any, else as they were sent.
 * A listing shows what was submitted, so that evidence is compared with the same.
 */
export const SUBMITTED = {
  humanImage: Prisma.sql`coalesce(t.submitted_inputs ->> 'humanImage', t.human_image)`,
  dressInput: Prisma.sql`coalesce(t.submitted_inputs ->> 'dressInput', t.dress_input)`,
  upperInput: Prisma.sql`coalesce(t.submitted_inputs ->> 'upperInput', t.upper_input)`,
  lowerInput: Prisma.sql`coalesce(t.submitted_inputs ->> 'lowerInput', t.lower_input)`,
};

/** The same as one JSON object, with the number of images of an attempt `a`. */
export const SUBMITTED_BY_ATTEMPT = Prisma.sql`json_build_object('humanImage', ${SUBMITTED.humanImage},
  'dressInput', ${SUBMITTED.dressInput}, 'upperInput', ${SUBMITTED.upperInput},
  'lowerInput', ${SUBMITTED.lowerInput}, 'imageCount', a.image_count)`;
