-- AlterTable
ALTER TABLE "attempt" ADD COLUMN     "doubt_told" TEXT,
ADD COLUMN     "interrupted_at" TIMESTAMPTZ;
