/** Name and title of each garment; the kind is the name without its number. */
export const garmentNames = {
  'dress-1': 'red evening dress',
  'dress-2': 'blue polka-dot dress',
  'upper-1': 'yellow sun T-shirt',
  'upper-2': 'green quilted vest',
  'lower-1': 'blue jeans',
  'lower-2': 'pink pleated skirt',
} as const;
export type GarmentName = keyof typeof garmentNames;

/** 768 × 768 on a plain ground. Drawn in the coordinates of the body of `draw-person`, then enlarged. */
export function drawGarment(name: GarmentName): string {
  const { scale, top, bottom } = views[name];
  const middle = (top + bottom) / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="768" height="768" viewBox="0 0 768 768">
    <rect width="768" height="768" fill="#f5f3ee"/>
    <g transform="translate(384 384) scale(${scale}) translate(-384 ${-middle})">${drawings[name]()}</g>
  </svg>`;
}

/** Where each stands on the body from top to bottom, and how much it is enlarged in its own picture. */
const views: Record<GarmentName, { scale: number; top: number; bottom: number }> = {
  'dress-1': { scale: 1.2, top: 236, bottom: 816 },
  'dress-2': { scale: 1.4, top: 236, bottom: 706 },
  'upper-1': { scale: 2.1, top: 238, bottom: 538 },
  'upper-2': { scale: 2.1, top: 238, bottom: 538 },
  'lower-1': { scale: 1.5, top: 470, bottom: 930 },
  'lower-2': { scale: 2.4, top: 470, bottom: 700 },
};

const drawings: Record<GarmentName, () => string> = {
  'dress-1': drawEveningDress,
  'dress-2': drawDottedDress,
  'upper-1': drawSunShirt,
  'upper-2': drawVest,
  'lower-1': drawJeans,
  'lower-2': drawSkirt,
};

function drawEveningDress(): string {
  return `<path d="M336 242L352 236C352 306 416 306 416 236L432 242C440 290 456 320 470 346C462 400 456 424 460 448C480 540 510 680 530 800Q384 832 238 800C258 680 288 540 308 448C312 424 306 400 298 346C312 320 328 290 336 242Z" fill="#c81e3a"/>
    <path d="M308 446Q384 462 460 446L464 470Q384 486 304 470Z" fill="#8f1027"/>
    <path d="M350 484C338 600 320 720 304 806M418 484C430 600 448 720 464 806M384 486V814" stroke="#a3152e" stroke-width="5" fill="none" stroke-linecap="round"/>
    <circle cx="384" cy="466" r="10" fill="#f6d365"/>`;
}

function drawDottedDress(): string {
  const outline =
    'M340 238C352 282 416 282 428 238L478 252C510 268 524 306 524 346Q500 362 470 356C462 400 458 424 462 446C500 530 534 610 554 690Q384 722 214 690C234 610 268 530 306 446C310 424 306 400 298 356Q268 362 244 346C244 306 258 268 290 252Z';
  return `<clipPath id="dress"><path d="${outline}"/></clipPath><path d="${outline}" fill="#2453c9"/>
    <g clip-path="url(#dress)" fill="#fde68a">${drawDots()}<path d="M200 668Q384 704 568 668L568 720L200 720Z" fill="#fde68a"/></g>
    <path d="M304 440Q384 456 464 440L468 464Q384 480 300 464Z" fill="#fde68a"/>
    <path d="M340 238C352 282 416 282 428 238" fill="none" stroke="#fde68a" stroke-width="9"/>`;
}

function drawDots(): string {
  const dots: string[] = [];
  for (let row = 0; row < 13; row += 1) {
    for (let column = 0; column < 10; column += 1) {
      dots.push(`<circle cx="${210 + column * 38 + (row % 2) * 19}" cy="${266 + row * 34}" r="7.5"/>`);
    }
  }
  return dots.join('');
}

function drawSunShirt(): string {
  const rays = Array.from(
    { length: 12 },
    (_, ray) => `<path d="M384 324V338" transform="rotate(${ray * 30} 384 384)"/>`,
  );
  return `<path d="M338 240C352 278 416 278 430 240L482 256C508 278 524 318 534 372L482 390L470 352L474 530Q384 546 294 530L298 352L286 390L234 372C244 318 260 278 286 256Z" fill="#f4b91f"/>
    <path d="M338 240C352 278 416 278 430 240L418 238C408 262 360 262 350 238Z" fill="#c8870a"/>
    <path d="M236 362L288 379L286 390L234 372ZM532 362L480 379L482 390L534 372Z" fill="#c8870a"/>
    <path d="M298 352L300 420M470 352L468 420" stroke="#d99c12" stroke-width="4" stroke-linecap="round"/>
    <circle cx="384" cy="384" r="34" fill="#e4572e"/><g stroke="#e4572e" stroke-width="8" stroke-linecap="round">${rays.join('')}</g>`;
}

function drawVest(): string {
  const seams = [310, 350, 390, 430, 470, 510].map((y) => `<path d="M290 ${y}Q384 ${y + 14} 478 ${y}"/>`);
  const outline =
    'M338 240L430 240L478 254C474 300 482 330 496 352L494 526Q384 548 274 526L272 352C286 330 294 300 290 254Z';
  return `<clipPath id="vest"><path d="${outline}"/></clipPath><path d="${outline}" fill="#1f7a52"/>
    <g clip-path="url(#vest)" fill="none" stroke="#14573a" stroke-width="5">${seams.join('')}</g>
    <path d="M334 244Q384 228 434 244L424 282Q384 266 344 282Z" fill="#14573a"/>
    <path d="M384 262V538" stroke="#e9d8a6" stroke-width="7"/><rect x="377" y="284" width="14" height="24" rx="4" fill="#e9d8a6"/>
    <path d="M296 460L344 466L342 500L294 494ZM472 460L424 466L426 500L474 494Z" fill="#186643" stroke="#14573a" stroke-width="4"/>`;
}

function drawJeans(): string {
  const leg = (side: 1 | -1): string => `<g transform="translate(384 0) scale(${side} 1)">
    <path d="M0 472L-82 472C-96 500-104 540-104 580C-104 700-90 820-84 928L-8 928C-6 820-2 700 0 592Z" fill="#33619c"/>
    <path d="M-84 912L-8 912L-8 928L-84 928Z" fill="#7fa3d1"/>
    <path d="M-46 620C-46 720-46 820-46 908" stroke="#4674ad" stroke-width="16" stroke-linecap="round" stroke-opacity=".7"/>
    <path d="M-88 500Q-58 520-48 492" stroke="#e0a458" stroke-width="3.5" fill="none"/></g>`;
  return `${leg(1)}${leg(-1)}<path d="M300 470L468 470L472 494L296 494Z" fill="#264b7b"/>
    <path d="M384 494V590" stroke="#264b7b" stroke-width="4"/><circle cx="384" cy="483" r="6.5" fill="#e0a458"/>
    <path d="M394 496Q398 560 386 578" stroke="#e0a458" stroke-width="3" fill="none"/>`;
}

function drawSkirt(): string {
  const pleats = [-3, -2, -1, 0, 1, 2, 3].map(
    (pleat) => `<path d="M${384 + pleat * 20} 498L${384 + pleat * 35} ${698 - Math.abs(pleat) * 2}"/>`,
  );
  return `<path d="M304 470L464 470C478 530 498 620 514 686Q384 712 254 686C270 620 290 530 304 470Z" fill="#e873a5"/>
    <g stroke="#bf4b80" stroke-width="5" stroke-linecap="round">${pleats.join('')}</g>
    <path d="M304 470L464 470L470 498L298 498Z" fill="#a83a6c"/>`;
}
