-- AlterTable
ALTER TABLE "try_on" ADD COLUMN     "copy_inputs" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "submitted_inputs" JSONB;

-- CreateTable
CREATE TABLE "asset" (
    "id" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "account" TEXT NOT NULL DEFAULT '',
    "content_type" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "width" INTEGER NOT NULL,
    "height" INTEGER NOT NULL,
    "file_name" TEXT NOT NULL,
    "key" TEXT,
    "token" TEXT,
    "provider_url" TEXT,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "removed_at" TIMESTAMPTZ,

    CONSTRAINT "asset_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "input_copy" (
    "key" TEXT NOT NULL,
    "result" TEXT,
    "reason" TEXT,
    "asset_id" TEXT,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "first_at" TIMESTAMPTZ NOT NULL,
    "copied_at" TIMESTAMPTZ,
    "look_at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "input_copy_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "asset_token_key" ON "asset"("token") WHERE (token IS NOT NULL);

-- CreateIndex
CREATE INDEX "asset_provider_url_idx" ON "asset"("provider_url") WHERE (provider_url IS NOT NULL);

-- CreateIndex
CREATE INDEX "asset_client_id_idx" ON "asset"("client", "id");

-- CreateIndex
CREATE INDEX "asset_expires_at_id_idx" ON "asset"("expires_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "asset_bytes_key" ON "asset"("client", "sha256", "account") WHERE (removed_at IS NULL);

-- CreateIndex
CREATE INDEX "input_copy_look_at_idx" ON "input_copy"("look_at");

-- CreateIndex
CREATE INDEX "try_on_copying_idx" ON "try_on"("id") WHERE ((status = 'queued'::text) AND (lane = '+copy'::text));
