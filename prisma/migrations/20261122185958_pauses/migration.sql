-- AlterTable
ALTER TABLE "account" ADD COLUMN     "credits" DOUBLE PRECISION,
ADD COLUMN     "last_error" TEXT,
ADD COLUMN     "last_error_at" TIMESTAMPTZ;

-- CreateTable
CREATE TABLE "pause" (
    "scope" TEXT NOT NULL,
    "since" TIMESTAMPTZ NOT NULL,
    "actor" TEXT NOT NULL,
    "reason" TEXT,

    CONSTRAINT "pause_pkey" PRIMARY KEY ("scope")
);
