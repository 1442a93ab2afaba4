-- CreateIndex
CREATE INDEX "try_on_client_status_idx" ON "try_on"("client", "status");

-- CreateIndex
CREATE INDEX "attempt_ended_idx" ON "attempt"("state_since") WHERE (state = ANY (ARRAY['ended_succeeded'::text, 'ended_failed'::text]));

-- CreateIndex
CREATE INDEX "callback_proof_idx" ON "callback"("received_at") WHERE (decision <> ALL (ARRAY['orphan'::text, 'mismatched'::text, 'malformed'::text]));
