import { lookup } from '../../util';

/** The multi-byte sets, by the platform's decoders; those of them that read the same on every supported Node version. */
const SUPPORTED = new Set(['shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr']);

const decoders = new Map<string, TextDecoder>();

export function onPlatform(name: string): boolean {
  return SUPPORTED.has(name);
}

/** The platform's Shift_JIS is IBM's, which rotates three controls. */
const ROTATED: Readonly<Record<string, string>> = { '\x1c': '\x1a', '\x7f': '\x1c', '\x1a': '\x7f' };

/** What single bytes that are in none of these sets become, instead of being refused (C1 controls; FF in Big5). */
const STRAY = /[\x80-\x9f\uf8f8]/;

/** @returns undefined when the bytes are not valid in the set */
export function decodeByPlatform(bytes: Buffer, name: string): string | undefined {
  let decoder = decoders.get(name);
  if (decoder === undefined) {
    decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
    decoders.set(name, decoder);
  }
  try {
    const text = decoder.decode(bytes);
    if (name === 'shift_jis') return text.replace(/[\x1a\x1c\x7f]/g, (control) => ROTATED[control]!);
    return name !== 'gb18030' && STRAY.test(text) ? undefined : text;
  } catch {
    // The state of a decoder after a failure is undefined.
    decoders.delete(name);
    return undefined;
  }
}

/**
 * The single-byte sets, as differences from ISO 8859-1 above 0x7F, from the Unicode consortium's mapping files. The
 * platform is not trusted with them: which it has, and what it does with 0x80-0x9F, differs between Node versions and
 * from the standards (its `iso-8859-9` is windows-1254, its `iso-8859-1` windows-1252).
 *
 * `a4=20ac`: byte A4 is U+20AC. `a1=401+11`: A1 is U+0401, and the next 11 bytes the next 11 code points.
 * `a5-`: byte A5 is not assigned; `ae-+12`: nor are the next 12. Counts are decimal, everything else is hexadecimal.
 * Unassigned bytes 0x80-0x9F of the windows sets stay the C1 controls of the same number, as the WHATWG has them.
 */
export const SINGLE_BYTE: Readonly<Record<string, string>> = lookup({
  'iso-8859-2': `
    a1=104 a2=2d8 a3=141 a5=13d a6=15a a9=160 aa=15e ab=164 ac=179 ae=17d af=17b b1=105 b2=2db b3=142 b5=13e
    b6=15b b7=2c7 b9=161 ba=15f bb=165 bc=17a bd=2dd be=17e bf=17c c0=154 c3=102 c5=139 c6=106 c8=10c ca=118
    cc=11a cf=10e d0=110 d1=143 d2=147 d5=150 d8=158 d9=16e db=170 de=162 e0=155 e3=103 e5=13a e6=107 e8=10d
    ea=119 ec=11b ef=10f f0=111 f1=144 f2=148 f5=151 f8=159 f9=16f fb=171 fe=163 ff=2d9
  `,
  'iso-8859-3': `
    a1=126 a2=2d8 a5- a6=124 a9=130 aa=15e ab=11e ac=134 ae- af=17b b1=127 b6=125 b9=131 ba=15f bb=11f bc=135
    be- bf=17c c3- c5=10a c6=108 d0- d5=120 d8=11c dd=16c de=15c e3- e5=10b e6=109 f0- f5=121 f8=11d fd=16d
    fe=15d ff=2d9
  `,
  'iso-8859-4': `
    a1=104 a2=138 a3=156 a5=128 a6=13b a9=160 aa=112 ab=122 ac=166 ae=17d b1=105 b2=2db b3=157 b5=129 b6=13c
    b7=2c7 b9=161 ba=113 bb=123 bc=167 bd=14a be=17e bf=14b c0=100 c7=12e c8=10c ca=118 cc=116 cf=12a d0=110
    d1=145 d2=14c d3=136 d9=172 dd=168 de=16a e0=101 e7=12f e8=10d ea=119 ec=117 ef=12b f0=111 f1=146 f2=14d
    f3=137 f9=173 fd=169 fe=16b ff=2d9
  `,
  'iso-8859-5': 'a1=401+11 ae=40e+65 f0=2116 f1=451+11 fd=a7 fe=45e+1',
  'iso-8859-6': 'a1-+2 a5-+6 ac=60c ae-+12 bb=61b bc-+2 bf=61f c0- c1=621+25 db-+4 e0=640+18 f3-+12',
  'iso-8859-7': 'a1=2018+1 a4=20ac a5=20af aa=37a ae- af=2015 b4=384+2 b8=388+2 bc=38c be=38e+19 d2- d3=3a3+43 ff-',
  'iso-8859-8': 'a1- aa=d7 ba=f7 bf-+31 df=2017 e0=5d0+26 fb-+1 fd=200e+1 ff-',
  'iso-8859-9': 'd0=11e dd=130 de=15e f0=11f fd=131 fe=15f',
  'iso-8859-10': `
    a1=104 a2=112 a3=122 a4=12a a5=128 a6=136 a8=13b a9=110 aa=160 ab=166 ac=17d ae=16a af=14a b1=105 b2=113
    b3=123 b4=12b b5=129 b6=137 b8=13c b9=111 ba=161 bb=167 bc=17e bd=2015 be=16b bf=14b c0=100 c7=12e c8=10c
    ca=118 cc=116 d1=145 d2=14c d7=168 d9=172 e0=101 e7=12f e8=10d ea=119 ec=117 f1=146 f2=14d f7=169 f9=173
    ff=138
  `,
  'iso-8859-11': 'a1=e01+57 db-+3 df=e3f+28 fc-+3',
  'iso-8859-13': `
    a1=201d a5=201e a8=d8 aa=156 af=c6 b4=201c b8=f8 ba=157 bf=e6 c0=104 c1=12e c2=100 c3=106 c6=118 c7=112
    c8=10c ca=179 cb=116 cc=122 cd=136 ce=12a cf=13b d0=160 d1=143 d2=145 d4=14c d8=172 d9=141 da=15a db=16a
    dd=17b de=17d e0=105 e1=12f e2=101 e3=107 e6=119 e7=113 e8=10d ea=17a eb=117 ec=123 ed=137 ee=12b ef=13c
    f0=161 f1=144 f2=146 f4=14d f8=173 f9=142 fa=15b fb=16b fd=17c fe=17e ff=2019
  `,
  'iso-8859-14': `
    a1=1e02+1 a4=10a+1 a6=1e0a a8=1e80 aa=1e82 ab=1e0b ac=1ef2 af=178 b0=1e1e+1 b2=120+1 b4=1e40+1 b7=1e56
    b8=1e81 b9=1e57 ba=1e83 bb=1e60 bc=1ef3 bd=1e84+1 bf=1e61 d0=174 d7=1e6a de=176 f0=175 f7=1e6b fe=177
  `,
  'iso-8859-15': 'a4=20ac a6=160 a8=161 b4=17d b8=17e bc=152+1 be=178',
  'iso-8859-16': `
    a1=104+1 a3=141 a4=20ac a5=201e a6=160 a8=161 aa=218 ac=179 ae=17a+1 b2=10c b3=142 b4=17d b5=201d b8=17e
    b9=10d ba=219 bc=152+1 be=178 bf=17c c3=102 c5=106 d0=110 d1=143 d5=150 d7=15a d8=170 dd=118 de=21a e3=103
    e5=107 f0=111 f1=144 f5=151 f7=15b f8=171 fd=119 fe=21b
  `,
  'windows-874': '80=20ac 85=2026 91=2018+1 93=201c+1 95=2022 96=2013+1 a1=e01+57 db-+3 df=e3f+28 fc-+3',
  'windows-1250': `
    80=20ac 82=201a 84=201e 85=2026 86=2020+1 89=2030 8a=160 8b=2039 8c=15a 8d=164 8e=17d 8f=179 91=2018+1
    93=201c+1 95=2022 96=2013+1 99=2122 9a=161 9b=203a 9c=15b 9d=165 9e=17e 9f=17a a1=2c7 a2=2d8 a3=141 a5=104
    aa=15e af=17b b2=2db b3=142 b9=105 ba=15f bc=13d bd=2dd be=13e bf=17c c0=154 c3=102 c5=139 c6=106 c8=10c
    ca=118 cc=11a cf=10e d0=110 d1=143 d2=147 d5=150 d8=158 d9=16e db=170 de=162 e0=155 e3=103 e5=13a e6=107
    e8=10d ea=119 ec=11b ef=10f f0=111 f1=144 f2=148 f5=151 f8=159 f9=16f fb=171 fe=163 ff=2d9
  `,
  'windows-1251': `
    80=402+1 82=201a 83=453 84=201e 85=2026 86=2020+1 88=20ac 89=2030 8a=409 8b=2039 8c=40a 8d=40c 8e=40b 8f=40f
    90=452 91=2018+1 93=201c+1 95=2022 96=2013+1 99=2122 9a=459 9b=203a 9c=45a 9d=45c 9e=45b 9f=45f a1=40e
    a2=45e a3=408 a5=490 a8=401 aa=404 af=407 b2=406 b3=456 b4=491 b8=451 b9=2116 ba=454 bc=458 bd=405 be=455
    bf=457 c0=410+63
  `,
  'windows-1252': `
    80=20ac 82=201a 83=192 84=201e 85=2026 86=2020+1 88=2c6 89=2030 8a=160 8b=2039 8c=152 8e=17d 91=2018+1
    93=201c+1 95=2022 96=2013+1 98=2dc 99=2122 9a=161 9b=203a 9c=153 9e=17e 9f=178
  `,
  'windows-1253': `
    80=20ac 82=201a 83=192 84=201e 85=2026 86=2020+1 89=2030 8b=2039 91=2018+1 93=201c+1 95=2022 96=2013+1
    99=2122 9b=203a a1=385+1 aa- af=2015 b4=384 b8=388+2 bc=38c be=38e+19 d2- d3=3a3+43 ff-
  `,
  'windows-1254': `
    80=20ac 82=201a 83=192 84=201e 85=2026 86=2020+1 88=2c6 89=2030 8a=160 8b=2039 8c=152 91=2018+1 93=201c+1
    95=2022 96=2013+1 98=2dc 99=2122 9a=161 9b=203a 9c=153 9f=178 d0=11e dd=130 de=15e f0=11f fd=131 fe=15f
  `,
  'windows-1255': `
    80=20ac 82=201a 83=192 84=201e 85=2026 86=2020+1 88=2c6 89=2030 8b=2039 91=2018+1 93=201c+1 95=2022
    96=2013+1 98=2dc 99=2122 9b=203a a4=20aa aa=d7 ba=f7 c0=5b0+19 d4=5f0+4 d9-+6 e0=5d0+26 fb-+1
    fd=200e+1 ff-
  `,
  'windows-1256': `
    80=20ac 81=67e 82=201a 83=192 84=201e 85=2026 86=2020+1 88=2c6 89=2030 8a=679 8b=2039 8c=152 8d=686 8e=698
    8f=688 90=6af 91=2018+1 93=201c+1 95=2022 96=2013+1 98=6a9 99=2122 9a=691 9b=203a 9c=153 9d=200c+1 9f=6ba
    a1=60c aa=6be ba=61b bf=61f c0=6c1 c1=621+21 d8=637+3 dc=640+3 e1=644 e3=645+3 ec=649+1 f0=64b+3 f5=64f+1
    f8=651 fa=652 fd=200e+1 ff=6d2
  `,
  'windows-1257': `
    80=20ac 82=201a 84=201e 85=2026 86=2020+1 89=2030 8b=2039 8d=a8 8e=2c7 8f=b8 91=2018+1 93=201c+1 95=2022
    96=2013+1 99=2122 9b=203a 9d=af 9e=2db a1- a5- a8=d8 aa=156 af=c6 b8=f8 ba=157 bf=e6 c0=104 c1=12e c2=100
    c3=106 c6=118 c7=112 c8=10c ca=179 cb=116 cc=122 cd=136 ce=12a cf=13b d0=160 d1=143 d2=145 d4=14c d8=172
    d9=141 da=15a db=16a dd=17b de=17d e0=105 e1=12f e2=101 e3=107 e6=119 e7=113 e8=10d ea=17a eb=117 ec=123
    ed=137 ee=12b ef=13c f0=161 f1=144 f2=146 f4=14d f8=173 f9=142 fa=15b fb=16b fd=17c fe=17e ff=2d9
  `,
  'windows-1258': `
    80=20ac 82=201a 83=192 84=201e 85=2026 86=2020+1 88=2c6 89=2030 8b=2039 8c=152 91=2018+1 93=201c+1 95=2022
    96=2013+1 98=2dc 99=2122 9b=203a 9c=153 9f=178 c3=102 cc=300 d0=110 d2=309 d5=1a0 dd=1af de=303 e3=103
    ec=301 f0=111 f2=323 f5=1a1 fd=1b0 fe=20ab
  `,
  'koi8-r': `
    80=2500 81=2502 82=250c 83=2510 84=2514 85=2518 86=251c 87=2524 88=252c 89=2534 8a=253c 8b=2580 8c=2584
    8d=2588 8e=258c 8f=2590+3 93=2320 94=25a0 95=2219+1 97=2248 98=2264+1 9a=a0 9b=2321 9c=b0 9d=b2 9e=b7 9f=f7
    a0=2550+2 a3=451 a4=2553+14 b3=401 b4=2562+10 bf=a9 c0=44e c1=430+1 c3=446 c4=434+1 c6=444 c7=433 c8=445
    c9=438+7 d1=44f d2=440+3 d6=436 d7=432 d8=44c d9=44b da=437 db=448 dc=44d dd=449 de=447 df=44a e0=42e
    e1=410+1 e3=426 e4=414+1 e6=424 e7=413 e8=425 e9=418+7 f1=42f f2=420+3 f6=416 f7=412 f8=42c f9=42b fa=417
    fb=428 fc=42d fd=429 fe=427 ff=42a
  `,
  ibm437: `
    80=c7 81=fc 82=e9 83=e2 84=e4 85=e0 86=e5 87=e7 88=ea+1 8a=e8 8b=ef 8c=ee 8d=ec 8e=c4+1 90=c9 91=e6 92=c6
    93=f4 94=f6 95=f2 96=fb 97=f9 98=ff 99=d6 9a=dc 9b=a2+1 9d=a5 9e=20a7 9f=192 a0=e1 a1=ed a2=f3 a3=fa a4=f1
    a5=d1 a6=aa a7=ba a8=bf a9=2310 aa=ac ab=bd ac=bc ad=a1 ae=ab af=bb b0=2591+2 b3=2502 b4=2524 b5=2561+1
    b7=2556 b8=2555 b9=2563 ba=2551 bb=2557 bc=255d bd=255c be=255b bf=2510 c0=2514 c1=2534 c2=252c c3=251c
    c4=2500 c5=253c c6=255e+1 c8=255a c9=2554 ca=2569 cb=2566 cc=2560 cd=2550 ce=256c cf=2567+1 d1=2564+1
    d3=2559 d4=2558 d5=2552+1 d7=256b d8=256a d9=2518 da=250c db=2588 dc=2584 dd=258c de=2590 df=2580 e0=3b1
    e1=df e2=393 e3=3c0 e4=3a3 e5=3c3 e6=b5 e7=3c4 e8=3a6 e9=398 ea=3a9 eb=3b4 ec=221e ed=3c6 ee=3b5 ef=2229
    f0=2261 f1=b1 f2=2265 f3=2264 f4=2320+1 f6=f7 f7=2248 f8=b0 f9=2219 fa=b7 fb=221a fc=207f fd=b2 fe=25a0
    ff=a0
  `,
  ibm850: `
    80=c7 81=fc 82=e9 83=e2 84=e4 85=e0 86=e5 87=e7 88=ea+1 8a=e8 8b=ef 8c=ee 8d=ec 8e=c4+1 90=c9 91=e6 92=c6
    93=f4 94=f6 95=f2 96=fb 97=f9 98=ff 99=d6 9a=dc 9b=f8 9c=a3 9d=d8 9e=d7 9f=192 a0=e1 a1=ed a2=f3 a3=fa a4=f1
    a5=d1 a6=aa a7=ba a8=bf a9=ae aa=ac ab=bd ac=bc ad=a1 ae=ab af=bb b0=2591+2 b3=2502 b4=2524 b5=c1+1 b7=c0
    b8=a9 b9=2563 ba=2551 bb=2557 bc=255d bd=a2 be=a5 bf=2510 c0=2514 c1=2534 c2=252c c3=251c c4=2500 c5=253c
    c6=e3 c7=c3 c8=255a c9=2554 ca=2569 cb=2566 cc=2560 cd=2550 ce=256c cf=a4 d0=f0 d1=d0 d2=ca+1 d4=c8 d5=131
    d6=cd+2 d9=2518 da=250c db=2588 dc=2584 dd=a6 de=cc df=2580 e0=d3 e1=df e2=d4 e3=d2 e4=f5 e5=d5 e6=b5 e7=fe
    e8=de e9=da+1 eb=d9 ec=fd ed=dd ee=af ef=b4 f0=ad f1=b1 f2=2017 f3=be f4=b6 f5=a7 f6=f7 f7=b8 f8=b0 f9=a8
    fa=b7 fb=b9 fc=b3 fd=b2 fe=25a0 ff=a0
  `,
});

/** What a table has for a byte that is not assigned. */
export const UNASSIGNED = 0xfffd;

const compiled = new Map<string, Uint16Array>();

/**
 * The code units of bytes 0x80 to 0xFF of a single-byte set ({@link UNASSIGNED} where there is none).
 * @param name canonical name; undefined for a set that is not a table here
 */
export function singleByteTable(name: string): Uint16Array | undefined {
  let table = compiled.get(name);
  const source = SINGLE_BYTE[name];
  if (table !== undefined || source === undefined) return table;
  table = Uint16Array.from({ length: 128 }, (_, n) => 0x80 + n);
  for (const [, byte, sign, unit, more] of source.matchAll(/([0-9a-f]{2})([=-])([0-9a-f]*)(?:\+(\d+))?/g)) {
    for (let n = 0; n <= Number(more ?? 0); n++) {
      table[Number.parseInt(byte!, 16) - 0x80 + n] = sign === '-' ? UNASSIGNED : Number.parseInt(unit!, 16) + n;
    }
  }
  compiled.set(name, table);
  return table;
}
