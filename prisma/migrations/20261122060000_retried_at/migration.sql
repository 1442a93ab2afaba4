-- AlterTable
ALTER TABLE "try_on" ADD COLUMN     "retried_at" TIMESTAMPTZ;
