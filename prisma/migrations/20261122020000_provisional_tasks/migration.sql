-- CreateIndex
CREATE INDEX "attempt_provisional_idx" ON "attempt"("account", "provider_task_id") WHERE (provisional);
