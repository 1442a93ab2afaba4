export type Person = {
  title: string;
  skin: string;
  /** Cheeks, neck shadow, the far side. */
  shade: string;
  hair: string;
  hairStyle: 'bob' | 'short' | 'long' | 'bun';
  ground: string;
  halo: string;
  shoes: string;
  pose: keyof typeof arms;
};

export const people: readonly Person[] = [
  {
    title: 'Mara, bob',
    skin: '#f2c9a8',
    shade: '#e0ab85',
    hair: '#5b2e1a',
    hairStyle: 'bob',
    ground: '#dbe7ec',
    halo: '#c6d8e0',
    shoes: '#334155',
    pose: 'down',
  },
  {
    title: 'Dayo, short hair',
    skin: '#6f4328',
    shade: '#57331d',
    hair: '#1c1412',
    hairStyle: 'short',
    ground: '#f1e3cf',
    halo: '#e6d1b3',
    shoes: '#f8fafc',
    pose: 'hip',
  },
  {
    title: 'Linh, long hair',
    skin: '#e7b98f',
    shade: '#d19d70',
    hair: '#17181c',
    hairStyle: 'long',
    ground: '#e4e0ef',
    halo: '#d2cbe4',
    shoes: '#9f1239',
    pose: 'wave',
  },
  {
    title: 'Rosa, bun',
    skin: '#b97a50',
    shade: '#9c6340',
    hair: '#8a3b12',
    hairStyle: 'bun',
    ground: '#dcebdd',
    halo: '#c7ddc9',
    shoes: '#78350f',
    pose: 'open',
  },
];

/** Left and right arm, as the line through the middle of each. */
const arms = {
  down: [
    'M300 284C280 340 270 400 262 452C258 490 258 520 262 548',
    'M468 284C488 340 498 400 506 452C510 490 510 520 506 548',
  ],
  hip: [
    'M300 284C270 330 240 372 214 412C240 446 270 474 300 494',
    'M468 284C488 340 498 400 506 452C510 490 510 520 506 548',
  ],
  wave: [
    'M300 284C280 340 270 400 262 452C258 490 258 520 262 548',
    'M468 284C510 300 540 330 562 352C580 310 588 270 590 226',
  ],
  open: [
    'M300 284C268 334 244 384 226 430C208 468 192 500 178 530',
    'M468 284C500 334 524 384 542 430C560 468 576 500 590 530',
  ],
} as const;

/** 768 × 1024; the garments' places in the composed picture are those of this body. */
export function drawPerson(person: Person): string {
  const { ground, halo } = person;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="768" height="1024" viewBox="0 0 768 1024">
    <rect width="768" height="1024" fill="${ground}"/>
    <circle cx="384" cy="430" r="330" fill="${halo}"/>
    <rect y="884" width="768" height="140" fill="${halo}"/>
    <ellipse cx="384" cy="972" rx="190" ry="18" fill="#000" fill-opacity=".12"/>
    ${drawHairBehind(person)}${drawLegs(person)}${drawTorso(person)}${drawArms(person)}${drawHead(person)}${drawHairInFront(person)}
  </svg>`;
}

function drawLegs({ skin, shade, shoes }: Person): string {
  const leg = (side: 1 | -1): string => `<g transform="translate(384 0) scale(${side} 1)">
    <path d="M-2 530C0 620-8 700-14 740C-18 800-20 880-22 934L-56 934C-62 880-74 820-74 750C-88 680-98 600-98 520Z" fill="${skin}"/>
    <path d="M-20 740Q-44 756-70 740" stroke="${shade}" stroke-width="4" fill="none" stroke-linecap="round"/>
    <path d="M-18 926L-60 926C-64 950-84 958-88 972Q-88 978-78 978L-20 978Q-14 978-14 970Z" fill="${shoes}"/>
    <path d="M-88 970L-14 970L-14 978L-88 978Z" fill="#000" fill-opacity=".18"/></g>`;
  return leg(1) + leg(-1);
}

function drawTorso({ skin, shade }: Person): string {
  return `<path d="M356 196L412 196L414 246C440 256 470 256 488 276C488 310 468 330 464 360C458 400 456 430 462 450C474 480 484 504 484 540L284 540C284 504 294 480 306 450C312 430 310 400 304 360C300 330 280 310 280 276C298 256 328 256 354 246Z" fill="${skin}"/>
    <path d="M357 206Q384 240 411 206L412 224Q384 256 356 224Z" fill="${shade}"/>
    <path d="M326 254L344 252C350 300 418 300 424 252L442 254C444 300 452 326 464 350C458 400 456 430 462 450L470 484L298 484L306 450C312 430 310 400 304 350C316 326 324 300 326 254Z" fill="#eef0f2"/>
    <path d="M300 476L468 476C480 504 486 530 486 560L482 600L392 604L384 560L376 604L286 600L282 560C282 530 288 504 300 476Z" fill="#8b95a3"/>
    <path d="M299 476L469 476L472 490L296 490Z" fill="#6f7a89"/>`;
}

function drawArms({ skin, shade, pose }: Person): string {
  return arms[pose]
    .map(
      (line) =>
        `<path d="${line}" fill="none" stroke="${shade}" stroke-width="43" stroke-linecap="round" stroke-linejoin="round"/>
        <path d="${line}" fill="none" stroke="${skin}" stroke-width="40" stroke-linecap="round" stroke-linejoin="round"/>`,
    )
    .join('');
}

function drawHead({ skin, shade, hair }: Person): string {
  return `<circle cx="327" cy="150" r="13" fill="${shade}"/><circle cx="441" cy="150" r="13" fill="${shade}"/>
    <path d="M328 128C328 76 440 76 440 128C442 178 424 222 384 222C344 222 326 178 328 128Z" fill="${skin}"/>
    <circle cx="347" cy="172" r="11" fill="#e11d48" fill-opacity=".16"/><circle cx="421" cy="172" r="11" fill="#e11d48" fill-opacity=".16"/>
    <ellipse cx="362" cy="146" rx="6" ry="8" fill="#241a16"/><ellipse cx="406" cy="146" rx="6" ry="8" fill="#241a16"/>
    <circle cx="364" cy="143" r="2" fill="#fff"/><circle cx="408" cy="143" r="2" fill="#fff"/>
    <path d="M350 129Q362 122 373 128M395 128Q406 122 418 129" stroke="${hair}" stroke-width="5" fill="none" stroke-linecap="round"/>
    <path d="M384 152Q379 168 386 170" stroke="${shade}" stroke-width="4" fill="none" stroke-linecap="round"/>
    <path d="M364 186Q384 204 404 186" stroke="#9f2f3d" stroke-width="6" fill="none" stroke-linecap="round"/>`;
}

function drawHairBehind({ hair, hairStyle }: Person): string {
  switch (hairStyle) {
    case 'bob':
      return `<path d="M312 140C306 50 462 50 456 140C462 190 460 220 446 236L322 236C308 220 306 190 312 140Z" fill="${hair}"/>`;
    case 'long':
      return `<path d="M314 140C304 48 464 48 454 140C462 220 486 300 478 380Q384 410 290 380C282 300 306 220 314 140Z" fill="${hair}"/>`;
    case 'bun':
      return `<circle cx="384" cy="56" r="36" fill="${hair}"/>`;
    case 'short':
      return '';
  }
}

function drawHairInFront({ hair, hairStyle }: Person): string {
  switch (hairStyle) {
    case 'bob':
      return `<path d="M320 172C312 50 456 50 448 172C446 150 440 122 430 112C396 126 352 122 340 108C328 124 322 150 320 172Z" fill="${hair}"/>`;
    case 'long':
      return `<path d="M320 166C310 48 458 48 448 166C444 132 420 104 386 92C350 104 326 132 320 166Z" fill="${hair}"/>`;
    case 'bun':
      return `<path d="M324 142C316 56 452 56 444 142C440 118 424 100 384 98C344 100 328 118 324 142Z" fill="${hair}"/>`;
    case 'short':
      return `<path d="M323 140C314 54 454 54 445 140C442 126 438 116 432 110C400 116 368 116 336 110C330 116 326 126 323 140Z" fill="${hair}"/>`;
  }
}
