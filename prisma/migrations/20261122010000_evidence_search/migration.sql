-- AlterTable
ALTER TABLE "attempt" ADD COLUMN     "absent_at" TIMESTAMPTZ,
ADD COLUMN     "grace_from" TIMESTAMPTZ,
ADD COLUMN     "swept_at" TIMESTAMPTZ;

-- CreateIndex
CREATE INDEX "attempt_account_sent_idx" ON "attempt"("account", "sent_at");
