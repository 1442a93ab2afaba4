/**
 * The lane of jobs whose inputs are still to be copied. No account has it and nothing is carried from it, so that such
 * a job cannot be submitted, whoever carries.
 */
export const COPY_LANE = '+copy';
