import { z } from 'zod';

/** An exact amount: a decimal number as text. */
export const moneySchema = z.object({ amount: z.string(), currency: z.string() });
