import type { ProblemCode } from './problem.js';

/** What a code means, and what to do. */
export interface Explanation {
  readonly meaning: string;
  readonly advice: string;
}

/** Every problem code, explained; `/docs/errors#<code>` shows it. */
export const PROBLEM_EXPLANATIONS: Readonly<Record<ProblemCode, Explanation>> = {
  invalid_request: {
    meaning: 'A field, parameter or header is missing, unknown or out of its range.',
    advice: 'Mend what errors names, each by its path, and send it again. Nothing was stored.',
  },
  batch_not_found: {
    meaning: 'There is no batch with this id, or it belongs to another key.',
    advice: 'Look at GET /v1/batches for yours.',
  },
  asset_not_found: {
    meaning: 'There is no asset with this id, it has expired, or it belongs to another key.',
    advice: 'Send the picture once more: POST /v1/assets.',
  },
  upload_in_progress: {
    meaning: 'An upload with this Idempotency-Key is being read at this moment.',
    advice:
      'Wait as long as Retry-After says, and send it again: if the other one broke off, this one completes it.',
  },
  wrong_batch_state: {
    meaning:
      'What was asked for does not fit the state of the batch: what has ended cannot be paused, for example.',
    advice: 'Read the batch; its state and the detail of this answer say what is possible.',
  },
  image_not_archived: {
    meaning: 'The image has not been copied into the archive yet, or nothing is archived here.',
    advice:
      'Take the address in the try-on’s images: it is the one to use. With archiving on, the copy is made within seconds of the success.',
  },
  image_not_found: {
    meaning: 'The try-on has no image of this number, it was deleted, or it could not be saved.',
    advice: 'Read the try-on: its images, archiveError and deletedAt say which.',
  },
  not_deletable: {
    meaning: 'The try-on is not final, or one of its attempts is still at the provider.',
    advice: 'Cancel it first if need be, and delete it when its attempt has ended; its timeline shows it.',
  },
  range_not_satisfiable: {
    meaning: 'The Range begins behind the end of the image.',
    advice: 'Compare it with the size in Content-Range, or ask without Range.',
  },
  malformed_json: {
    meaning: 'The body cannot be read as JSON in UTF-8.',
    advice: 'Serialise it with a JSON library. An empty body is not JSON either.',
  },
  unauthorized: {
    meaning: 'The request carries no key, or one that is not known here.',
    advice: 'Send Authorization: Bearer <key> with one of API_KEYS or ADMIN_KEYS.',
  },
  forbidden: {
    meaning:
      'The key is known but not an admin’s; or no keys are set and the request does not come from this machine.',
    advice:
      'Use an admin key. In a keyless sandbox, ask http://localhost or http://127.0.0.1 directly, not through a proxy or a page of another origin.',
  },
  try_on_not_found: {
    meaning: 'There is no such try-on, or it belongs to another client.',
    advice: 'Check the id and whose key you use; only admin keys see the try-ons of all.',
  },
  account_not_found: {
    meaning: 'No account has this email.',
    advice: 'Compare it with GET /v1/accounts; an email in a path is percent-encoded.',
  },
  webhook_endpoint_not_found: {
    meaning: 'There is no webhook endpoint with this id, or it belongs to another key.',
    advice: 'Look at GET /v1/webhook-endpoints for yours.',
  },
  delivery_not_found: {
    meaning: 'There is no delivery with this id, it belongs to another key, or it is older than 30 days.',
    advice: 'Look at GET /v1/deliveries. An endpoint’s events can be sent again by time.',
  },
  not_redeliverable: {
    meaning: 'The endpoint that this would be sent to is disabled or gone.',
    advice: 'Enable it with PATCH /v1/webhook-endpoints/{id} and {"state": "enabled"}, and ask again.',
  },
  not_found: {
    meaning: 'Nothing answers at this address.',
    advice: 'Compare the path with /docs. It is case sensitive, and a slash at its end counts.',
  },
  method_not_allowed: {
    meaning: 'The address exists, but not for this method.',
    advice: 'Use one of those that the Allow header names.',
  },
  idempotency_key_reused: {
    meaning: 'This Idempotency-Key was used for a request with another body.',
    advice: 'Take a new key for a new request; repeat a request with exactly the body it had.',
  },
  not_cancelable: {
    meaning: 'The try-on has already succeeded or failed.',
    advice: 'Nothing is left to cancel. Read it to see its images or its error.',
  },
  not_retryable: {
    meaning: 'The try-on is not failed, canceled or unconfirmed.',
    advice: 'Wait until it is final. If you want more pictures, make a new try-on.',
  },
  may_bill_twice: {
    meaning: 'An earlier attempt may still be running at the provider, or be paid for.',
    advice:
      'Wait for proof, or look at the provider yourself and adopt the task you find. If you accept to pay twice, an admin key retries with {"mayBillTwice": true}.',
  },
  not_adoptable: {
    meaning: 'No attempt of this try-on lacks its task, or the task belongs to another attempt.',
    advice: 'Compare the task’s inputs with the try-on’s; its timeline shows each attempt and its task.',
  },
  body_too_large: {
    meaning: 'The body has more than 1 MB (1,048,576 bytes).',
    advice: 'Send addresses of pictures, not the pictures.',
  },
  unsupported_media_type: {
    meaning: 'The Content-Type is missing or not taken here, is not UTF-8, or there is a Content-Encoding.',
    advice: 'Send application/json, uncompressed; the drop-in endpoint also takes multipart/form-data.',
  },
  too_many_requests: {
    meaning: 'More came at once than is answered at once.',
    advice: 'Wait as long as Retry-After says, then send it again.',
  },
  internal: {
    meaning: 'A fault of Catwalk’s own.',
    advice:
      'Send it again with the same Idempotency-Key. If it stays, look for the requestId in the log: request.failed says what happened.',
  },
  unavailable: {
    meaning: 'Nothing can be stored or read now: the database is away, or too much is waiting for it.',
    advice:
      'Wait as long as Retry-After says, then send it again with the same Idempotency-Key. /readyz tells when it is over.',
  },
};

/** Every `error.code` of a failed try-on, explained. The core decides by the same words; a test keeps them equal. */
export const JOB_ERROR_EXPLANATIONS = {
  invalid_input: {
    meaning: 'The provider refused the request itself, with 400 or 422.',
    advice: 'Read providerMessage, mend the inputs (most often a picture it cannot load), make a new try-on.',
  },
  content_rejected: {
    meaning: 'The provider’s moderation refused a picture or the result.',
    advice: 'The same pictures will be refused again: use others.',
  },
  generation_failed: {
    meaning: 'The provider accepted the task and ended it as failed, or no longer knows it.',
    advice: 'Retry it. If it fails again, read providerMessage and try other pictures.',
  },
  no_images: {
    meaning: 'The provider says the task succeeded, but shows no picture.',
    advice: 'Retry it; it may be billed again.',
  },
  expired: {
    meaning: 'It was not submitted by expiresAt. Nothing was billed.',
    advice: 'Make a new try-on with a later expiresAt, or retry it: a retry does not expire.',
  },
  account_removed: {
    meaning: 'The account it asked for by email is no longer configured.',
    advice: 'Make a new try-on with another account, or with none.',
  },
  deadline_exceeded: {
    meaning: 'The provider accepted the task but did not end it within JOB_DEADLINE_MS.',
    advice:
      'It is looked for again after 1, 6 and 24 hours, and images that still come make it succeeded. A retry before that may be billed twice and needs mayBillTwice.',
  },
  submission_unconfirmed: {
    meaning: 'The answer to a submit was lost, and whether the provider has the task could not be proven.',
    advice:
      'Look for the task at the provider: adopt it if it is there; else an admin key retries with {"mayBillTwice": true}.',
  },
  attempts_exhausted: {
    meaning: 'SUBMIT_ATTEMPTS_MAX submits went out and were proven not to have arrived.',
    advice: 'Nothing was billed. Look at the way to the provider, then retry it.',
  },
  provider_refused: {
    meaning: 'The provider refused the submit with another final answer than 400 or 422.',
    advice: 'Read providerStatus and providerMessage; the account or the address may be at fault.',
  },
} as const satisfies Record<string, Explanation>;
