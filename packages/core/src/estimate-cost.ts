/** An amount of money, exact: a decimal number as text, and an ISO 4217 code. */
export interface Money {
  readonly amount: string;
  readonly currency: string;
}

/** What so many images cost at a price for each: as many digits behind the point as the price has. */
export function estimateCost(price: Money, images: number): Money {
  const [whole = '0', fraction = ''] = price.amount.split('.');
  const total = String(BigInt(whole + fraction) * BigInt(images)).padStart(fraction.length + 1, '0');
  const point = total.length - fraction.length;
  const amount = fraction === '' ? total : `${total.slice(0, point)}.${total.slice(point)}`;
  return { amount, currency: price.currency };
}
