-- AlterTable
ALTER TABLE "try_on" ADD COLUMN     "deleted_at" TIMESTAMPTZ;

-- CreateTable
CREATE TABLE "archived_image" (
    "id" BIGSERIAL NOT NULL,
    "attempt_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "try_on_id" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "provider_url" TEXT NOT NULL,
    "content_type" TEXT,
    "bytes" INTEGER,
    "sha256" TEXT,
    "width" INTEGER,
    "height" INTEGER,
    "thumbnails" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
    "tries" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "warned" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ NOT NULL,
    "due_at" TIMESTAMPTZ NOT NULL,
    "archived_at" TIMESTAMPTZ,

    CONSTRAINT "archived_image_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "picture_removal" (
    "key" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "picture_removal_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "archived_image_waiting_idx" ON "archived_image"("due_at") WHERE (state = 'waiting'::text);

-- CreateIndex
CREATE INDEX "archived_image_try_on_id_idx" ON "archived_image"("try_on_id");

-- CreateIndex
CREATE UNIQUE INDEX "archived_image_attempt_id_position_key" ON "archived_image"("attempt_id", "position");

-- CreateIndex
CREATE INDEX "picture_removal_due_at_idx" ON "picture_removal"("due_at");

-- CreateIndex
CREATE INDEX "try_on_finished_idx" ON "try_on"("finished_at") WHERE ((finished_at IS NOT NULL) AND (deleted_at IS NULL));

-- CreateIndex
CREATE INDEX "callback_stray_idx" ON "callback"("received_at") WHERE (try_on_id IS NULL);
