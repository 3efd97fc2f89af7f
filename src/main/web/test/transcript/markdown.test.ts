import { describe, expect, it } from 'vitest';
import { blocks, MARKDOWN_LIMIT, sanitize } from '../../src/transcript/markdown';
import { unseenIn, visible, visibleStrictly } from '../../src/transcript/visible';

function drawn(source: string): HTMLElement {
  const host = document.createElement('div');
  for (const block of blocks(source)) {
    if (block.kind === 'html') host.appendChild(sanitize(block.html));
    else host.appendChild(document.createElement('pre')).textContent = block.code;
  }
  return host;
}

const HOSTILE = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg onload=alert(1)><script>alert(1)</script></svg>', '<iframe src="javascript:alert(1)"></iframe>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>', '<details open ontoggle=alert(1)>', '<a href="javascript:alert(1)">x</a>',
  '[x](javascript:alert(1))', '[x](JaVaScRiPt:alert(1))', '[x](java\nscript:alert(1))', '[x](&#106;avascript:alert(1))', '[x](\u0001javascript:alert(1))', '[x](vbscript:msgbox)',
  '[x](data:text/html;base64,PHNjcmlwdD4=)', '<data:text/html,<script>alert(1)</script>>', '![x](javascript:alert(1))', '![x](data:image/svg+xml;base64,PHN2Zz4=)', '![x](https://evil.example/pixel.png)',
  '[x]: javascript:alert(1)\n\n[x]', '[x](file:///etc/passwd)', '[a](<javascript:alert(1)>)', '"><script>alert(1)</script>', '```html\n<script>alert(1)</script>\n```', '`<img src=x onerror=alert(1)>`',
  '<style>*{display:none}</style>', '<form action=/x><button>go</button></form>', '<base href=https://evil.example>', '<meta http-equiv=refresh content=0>', '| a |\n|:-:|\n| <script>x</script> |',
  '[x](https://e.example "onmouseover=alert(1)")', '[x](https://e.example/\'"onclick=alert(1)//)', '<!--><script>alert(1)</script>-->', ']]><script>alert(1)</script>', '<object data=x></object><embed src=x>',
];

describe('hostile text', () => {
  it.each(HOSTILE)('%s runs and loads nothing', (source) => {
    const host = drawn(source);
    expect(host.querySelectorAll('script, style, iframe, img, svg, math, object, embed, form, button, input, base, meta, link, video, audio, details').length).toBe(0);
    for (const element of host.querySelectorAll('*')) {
      for (const { name, value } of element.attributes) {
        expect(name).toMatch(/^(?:href|rel|target|class|start|tabindex|role|aria-label)$/);
        if (name === 'href') expect(value).toMatch(/^https?:\/\//i);
      }
    }
  });

  it('is stopped by the last gate alone, too', () => {
    const host = document.createElement('div');
    host.appendChild(sanitize('<p style="color:red" onclick="x()">a<img src=x onerror=y><a href="javascript:x">b</a></p><svg><script>x</script></svg>'));
    expect(host.innerHTML).toBe('<p>a<a>b</a></p>');
  });

  it.each([
    ['entities', 'a&#x202e;b &#8238;c &rlm;d &ZeroWidthSpace;e', /‹U\+202E›b ‹U\+202E›c ‹U\+200F›d ‹U\+200B›e/],
    ['an address that is decoded', 'https://e.example/%E2%80%AEgpj.exe', /%E2%80%AEgpj\.exe/],
    ['a name in another script', 'https://\u0430pple.com/', /^https:\/\/xn--/],
  ])('does not hide by %s', (_name, source, wanted) => {
    const words = drawn(source).textContent.trim();
    expect(words).toMatch(wanted);
    expect(words).not.toMatch(/[\u200b\u200f\u202e\u0430]/);
  });

  it.each([['quotes', '> '], ['lists', '- '], ['both', '> - ']])('loses no word in a thousand nested %s', (_name, opening) => {
    expect(drawn(`${opening.repeat(1_000)}said`).textContent).toContain('said');
  });

  it('leads nowhere without an address, and to no mail that is already written', () => {
    expect(drawn('[x]() [y](mailto:a@b.example?body=z) <a@b.example>').querySelector('a[href]')).toBeNull();
  });

  it.each([['items', '- a\n'], ['paragraphs', 'a\n\n'], ['blocks of code', '```\na\n```\n'], ['cells', '']])('is shown as plain text when it has very many %s', (_name, piece) => {
    const source = piece ? piece.repeat(20_000) : `${'|a'.repeat(10_000)}|\n${'|-'.repeat(10_000)}|\n`;
    expect(blocks(source)).toEqual([{ kind: 'code', code: source, language: '' }]);
  });

  it('does not stall: a line of a megabyte', () => {
    const begun = performance.now();
    expect(blocks('*['.repeat(500_000))).toHaveLength(1);
    blocks('*a_`['.repeat(MARKDOWN_LIMIT / 5 / 4));
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});

describe('links', () => {
  it('open elsewhere and tell nothing', () => {
    const link = drawn('[x](https://e.example/a)').querySelector('a');
    expect([link?.getAttribute('rel'), link?.getAttribute('target'), link?.href]).toEqual(['noopener noreferrer', '_blank', 'https://e.example/a']);
  });
  it('stand in for images', () => {
    const host = drawn('![a diagram](https://e.example/a.png)');
    expect([host.querySelector('img'), host.querySelector('a')?.textContent]).toEqual([null, '[image: a diagram]']);
  });
  it('are not made of file names', () => {
    expect(drawn('see README.md and main.rs').querySelector('a')).toBeNull();
  });
});

describe('text in the making', () => {
  const whole = '# Head\n\nSome **bold** and a [link](https://e.example).\n\n```sql\nselect 1;\n```\n\n- one\n- two\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n';
  it('can be drawn after every letter', () => {
    for (let i = 0; i <= whole.length; i += 5) expect(() => drawn(whole.slice(0, i))).not.toThrow();
  });
  it('draws an open fence as code', () => {
    expect(blocks('text\n\n```sql\nselect')).toEqual([{ kind: 'html', html: '<p>text</p>\n' }, { kind: 'code', code: 'select', language: 'sql' }]);
  });
  it('leaves finished blocks as they are', () => {
    const before = blocks(whole.slice(0, whole.indexOf('- one')));
    expect(blocks(whole).slice(0, before.length)).toEqual(before);
  });
  it('counts line ends where a person typed them', () => {
    expect(blocks('a\nb', true)).toEqual([{ kind: 'html', html: '<p>a<br>\nb</p>\n' }]);
  });
});

describe('what hides', () => {
  it.each([
    ['a right-to-left override', 'rm \u202E/ fr-', 'rm ‹U+202E›/ fr-'],
    ['isolates', 'a\u2066b\u2069', 'a‹U+2066›b‹U+2069›'],
    ['zero width', 'a\u200Bb\uFEFF', 'a‹U+200B›b‹U+FEFF›'],
    ['tags', 'a\u{E0041}', 'a‹U+E0041›'],
    ['controls', 'a\u0007b\u001b', 'a‹U+0007›b‹U+001B›'],
    ['a lone carriage return', 'safe\rrm', 'safe‹U+000D›rm'],
    ['what spells by selectors', 'a\uFE00\uFE01\u{E0101}', 'a\uFE00‹U+FE01›‹U+E0101›'],
    ['notes between lines', 'a\uFFF9b', 'a‹U+FFF9›b'],
    ['half of a character', 'a\uD800b', 'a‹U+D800›b'],
    ['no character', 'a\uFFFFb', 'a‹U+FFFF›b'],
  ])('%s is made visible', (_name, text, wanted) => expect(visible(text)).toBe(wanted));
  it('keeps joiners in prose, shows them in commands', () => {
    expect([visible('👩‍💻'), visibleStrictly('r\u200Dm')]).toEqual(['👩‍💻', 'r‹U+200D›m']);
  });
  it('shows blanks that are none in commands, and leaves an emoji its look', () => {
    expect(visibleStrictly('rm\u00A0-rf\u2800/ ⚠\uFE0F a\uFE0F')).toBe('rm‹U+00A0›-rf‹U+2800›/ ⚠\uFE0F a‹U+FE0F›');
  });
  it('is told once each, for fields that show text as it is', () => {
    expect(unseenIn('a\u202Eb\u200Dc\u202E')).toEqual(['‹U+202E›', '‹U+200D›']);
  });
});
