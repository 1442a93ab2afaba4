-- Whose an attempt is, so that what a client or a batch spent can be summed without reading its jobs.
ALTER TABLE "attempt" ADD COLUMN     "batch_id" TEXT,
ADD COLUMN     "client" TEXT;
UPDATE "attempt" a SET "client" = t."client", "batch_id" = t."batch_id" FROM "try_on" t WHERE t."id" = a."try_on_id";
ALTER TABLE "attempt" ALTER COLUMN "client" SET NOT NULL;

-- Jobs that ask for several images are flows of their own, as insert-try-ons.ts makes them.
UPDATE "try_on" SET "flow" = "flow" || '#' || "image_count" WHERE "image_count" > 1;

-- CreateTable
CREATE TABLE "ceiling" (
    "scope" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "images" INTEGER NOT NULL,
    "reached_at" TIMESTAMPTZ,
    "left_images" INTEGER,

    CONSTRAINT "ceiling_pkey" PRIMARY KEY ("scope","name")
);

-- CreateIndex
CREATE INDEX "attempt_client_sent_idx" ON "attempt"("client", "sent_at");

-- CreateIndex
CREATE INDEX "attempt_batch_idx" ON "attempt"("batch_id") WHERE (batch_id IS NOT NULL);
