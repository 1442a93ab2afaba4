/** Five accounts with ten slots each. */
export const fiveAccounts = ['anna', 'ben', 'cleo', 'dan', 'eve'].map((name) => ({
  email: `${name}@example.com`,
  maxJobs: 10,
}));

/** Every wait short, so that what takes minutes in production takes seconds here. */
export const shortWaits = {
  SUBMIT_TIMEOUT_MS: '2000',
  CALLBACK_GRACE_MS: '2000',
  POLL_INTERVAL_MS: '500',
  UNCONFIRMED_GRACE_MS: '2000',
  JOB_DEADLINE_MS: '10000',
  RESCUE_INTERVAL_MS: '500',
  ACCOUNT_RETRY_MS: '1000',
};

export const callbackSecret = 'a-callback-secret-of-tests-0123456789';
