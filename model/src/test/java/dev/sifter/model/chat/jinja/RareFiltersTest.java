package dev.sifter.model.chat.jinja;

import static dev.sifter.model.chat.jinja.Rendered.text;
import static dev.sifter.model.chat.jinja.Rendered.value;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Filters, methods and globals that few templates use; the expected texts are what Jinja2 3.1.6
 * with MarkupSafe 3.0.3 prints in transformers' environment, with {@code ⏎} for a line end.
 */
class RareFiltersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "'Please use well-known state-of-the-art e-mail -- and a--dash, x-y'|wordwrap(12) § "
            + "`Please use⏎well-known⏎state-of-⏎the-art⏎e-mail --⏎and a--dash,⏎x-y`",
        "'aaaaaaaaaaaa bb-cccccccc dd'|wordwrap(5) § `aaaaa⏎aaaaa⏎aa⏎bb-cc⏎ccccc⏎c dd`",
        "'aaaaaaaaaaaa bb-cccccccc'|wordwrap(5, false, ' | ') § `aaaaaaaaaaaa | bb- | "
            + "cccccccc`",
        "'one two\\n\\nthree four'|wordwrap(width=4, break_on_hyphens=false) § "
            + "`one⏎two⏎⏎thre⏎e⏎four`",
        "'a'|wordwrap(0) § `ValueError: invalid width 0 (must be > 0)`",
        "[[1]]|map(attribute='²')|list § `ValueError: invalid literal for int() with base 10: '²'`",
        "5|wordwrap § `AttributeError: 'int' object has no attribute 'splitlines'`",
        "'𝒜𝒷-𝒞𝒟 é-f'|wordwrap(4) § `𝒜𝒷-⏎𝒞𝒟⏎é-f`"
      })
  void textIsWrappedAsTextwrapDoes(String expression, String expected) {
    assertThat(value(expression).replace("\n", "⏎")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "{'b': [1, none], 'a': 'x', 1: ('t',), none: 2.5}|pprint § `{None: 2.5, 1: ('t',), "
            + "'a': 'x', 'b': [1, None]}`",
        "(range(30)|list)|pprint § `[0,⏎ 1,⏎ 2,⏎ 3,⏎ 4,⏎ 5,⏎ 6,⏎ 7,⏎ 8,⏎ 9,⏎ 10,⏎ 11,⏎ 12,⏎ 13,⏎"
            + " 14,⏎ 15,⏎ 16,⏎ 17,⏎ 18,⏎ 19,⏎ 20,⏎ 21,⏎ 22,⏎ 23,⏎ 24,⏎ 25,⏎ 26,⏎ 27,⏎ 28,⏎ 29]`",
        "('word ' * 20)|pprint § `('word word word word word word word word word word word "
            + "word word word word '⏎ 'word word word word word ')`",
        "{'k': ['x' * 40, 'y' * 40], 'lines': 'first line\\nsecond line ' * 4}|pprint § "
            + "`{'k': ['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',⏎       "
            + "'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'],⏎ 'lines': 'first line\\n'⏎          "
            + "'second line first line\\n'⏎          'second line first line\\n'⏎          'second "
            + "line first line\\n'⏎          'second line '}`",
        "('a<b'|e)|reverse ~ ('<'|safe|list)|pprint § `b;tl&a['<']`"
      })
  void valuesArePrintedAsPprintDoes(String expression, String expected) {
    assertThat(value(expression).replace("\n", "⏎")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "[1, 999, 1000, 999950, 123456789, '1e21', -5000]|map('filesizeformat')|join(', ') § "
            + "`1 Byte, 999 Bytes, 1.0 kB, 1000.0 kB, 123.5 MB, 1.0 ZB, -5000 Bytes`",
        "[1, 1023, 1024, 1536, 10**30]|map('filesizeformat', true)|join(', ') § `1 Byte, "
            + "1023 Bytes, 1.0 KiB, 1.5 KiB, 827180.6 YiB`",
        "'x'|filesizeformat § `ValueError: could not convert string to float: 'x'`",
        "['1_000', '५', '0x_1f', '1__0', '7.9']|map('int')|list § `[1000, 5, 0, 0, 7]`",
        "['1_0.5', '1_', '.5']|map('float')|list § `[10.5, 0.0, 0.5]`",
        "['0x1f', '0X_1f', '-0b101', '+0o17', '0b12', '0x']|map('int', base=0)|list § `[31, "
            + "31, -5, 15, 0, 0]`",
        "['1f', '0x1f', '-ff', '1_f', '_f', 'g']|map('int', base=16)|list § `[31, 31, -255, "
            + "31, 0, 0]`",
        "['101', '0b101', '2']|map('int', base=2)|list § `[5, 5, 2]`",
        "['0o17', '0x1f', '012', '']|map('int')|list § `[0, 0, 12, 0]`",
        "['12', '--1', '+-1', '1.9', '-1e2', 'x']|map('int', 7)|list § `[12, 7, 7, 1, -100, "
            + "7]`",
        "'12'|int(7, 'x') ~ '12.5'|int(7, none) ~ '12'|int(base=37) § `121212`",
        "[true, false, 3, -2.7, 2**70]|map('int')|list § `[1, 0, 3, -2, "
            + "1180591620717411303424]`",
        "[true, 7, '1e3', '-1.5E-2', '+.5', 'inf', '-Infinity', 'nan', 'x', '1e', '1.5.2', "
            + "'1-2']|map('float')|list § `[1.0, 7.0, 1000.0, -0.015, 0.5, inf, -inf, nan, 0.0, "
            + "0.0, 0.0, 0.0]`",
        "['x', none, '1f', '1d', '0x1p3', '+', '']|map('float', 9)|list § `[9, 9, 9, 9, 9, "
            + "9, 9]`",
        "[1.25, -1.25, 7, 2.001]|map('round', 1, 'ceil')|list § `[1.3, -1.2, 7.0, 2.1]`",
        "[1.25, -1.25, 7, 1299]|map('round', -2, 'floor')|list § `[0.0, -100.0, 0.0, 1200.0]`",
        "[-2.5, 2, true]|map('abs')|list § `[2.5, 2, 1]`",
        "'x'|abs(1) § `TypeError: abs() takes exactly one argument (2 given)`",
        "5|round(0, 'up') § `FilterArgumentError: method must be common, ceil or floor`"
      })
  void numbersAreReadAndWrittenAsInPython(String expression, String expected) {
    assertThat(value(expression).replace("\n", "⏎")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "'See http://a.org/p(q). (www.b.co.uk), <me@c.io>; mailto:d@e.net ftp://f'|urlize § "
            + "`See <a href=\"http://a.org/p(q)\" rel=\"noopener\">http://a.org/p(q)</a>. (<a "
            + "href=\"https://www.b.co.uk\" rel=\"noopener\">www.b.co.uk</a>), &lt;me@c.io&gt;; <a "
            + "href=\"mailto:d@e.net\">d@e.net</a> ftp://f`",
        "'https://example.com/long'|urlize(12, true, '_blank', 'me') § `<a "
            + "href=\"https://example.com/long\" rel=\"me nofollow noopener\" "
            + "target=\"_blank\">https://exam...</a>`",
        "'tel:112 ftp://x'|urlize(extra_schemes=['tel:', 'ftp://']) § `<a href=\"tel:112\" "
            + "rel=\"noopener\">tel:112</a> <a href=\"ftp://x\" rel=\"noopener\">ftp://x</a>`",
        "'[::1] http://[::1]:80/ http://1.2.3.4 a.b.com. a.b.c'|urlize § `[::1] <a "
            + "href=\"http://[::1]:80/\" rel=\"noopener\">http://[::1]:80/</a> <a "
            + "href=\"http://1.2.3.4\" rel=\"noopener\">http://1.2.3.4</a> a.b.com. a.b.c`",
        "'a@b.co me@x-y.com a@b a@.c @a.b a@b. x.y@c.d_e a@b-c a@b.c-d http:a@b.c "
            + "www.a@b.c'|urlize § `<a href=\"mailto:a@b.co\">a@b.co</a> <a "
            + "href=\"mailto:me@x-y.com\">me@x-y.com</a> a@b a@.c @a.b a@b. <a "
            + "href=\"mailto:x.y@c.d_e\">x.y@c.d_e</a> a@b-c a@b.c-d http:a@b.c www.a@b.c`",
        "'(http://a.b) http://a.b/(c) ((http://a.b)) &lt;http://a.b&gt; "
            + "http://a.b/&gt;'|urlize § `(http://a.b) http://a.b/(c) ((http://a.b)) "
            + "&amp;lt;http://a.b&amp;gt; http://a.b/&amp;gt;`",
        "'http://a http://a..b http://.b http://a.b:80 http://a.b:123456 http://a.b?q#f "
            + "http://a_b.com'|urlize § `http://a http://a..b http://.b http://a.b:80 "
            + "http://a.b:123456 http://a.b?q#f <a href=\"http://a_b.com\" "
            + "rel=\"noopener\">http://a_b.com</a>`",
        "'http://a.x http://a.xy http://a.xn--p1ai http://xn--a.com HTTPS://A.COM "
            + "https://é.com'|urlize § `http://a.x <a href=\"http://a.xy\" "
            + "rel=\"noopener\">http://a.xy</a> <a href=\"http://a.xn--p1ai\" "
            + "rel=\"noopener\">http://a.xn--p1ai</a> <a href=\"http://xn--a.com\" "
            + "rel=\"noopener\">http://xn--a.com</a> <a href=\"https://HTTPS://A.COM\" "
            + "rel=\"noopener\">HTTPS://A.COM</a> <a href=\"https://é.com\" "
            + "rel=\"noopener\">https://é.com</a>`",
        "'a.com aa.com aa.b.com www.a www.a.b www.aa.com. x.org/ y2.net?z mil.mil "
            + ".com'|urlize § `a.com <a href=\"https://aa.com\" rel=\"noopener\">aa.com</a> "
            + "aa.b.com www.a www.a.b <a href=\"https://www.aa.com\" "
            + "rel=\"noopener\">www.aa.com</a>. x.org/ <a href=\"https://y2.net?z\" "
            + "rel=\"noopener\">y2.net?z</a> <a href=\"https://mil.mil\" "
            + "rel=\"noopener\">mil.mil</a> .com`",
        "'http://1.2.3.4:5/x http://1.2.3.4.5 http://1234.2.3.4 http://[::1] "
            + "http://[1::2:3]/ http://[g::]'|urlize § `<a href=\"http://1.2.3.4:5/x\" "
            + "rel=\"noopener\">http://1.2.3.4:5/x</a> http://1.2.3.4.5 http://1234.2.3.4 <a "
            + "href=\"http://[::1]\" rel=\"noopener\">http://[::1]</a> <a "
            + "href=\"http://[1::2:3]/\" rel=\"noopener\">http://[1::2:3]/</a> http://[g::]`",
        "'http://a.b,http://c.d http://a.b>. <http://a.b>, \"http://a.b\" http://a.b)> "
            + ").,'|urlize § `http://a.b,http://c.d http://a.b&gt;. &lt;http://a.b&gt;, "
            + "&#34;http://a.b&#34; http://a.b)&gt; ).,`",
        "'('|urlize ~ '<'|urlize ~ ')'|urlize ~ ''|urlize § `(&lt;)`",
        "'http://abcdefgh.com'|urlize(18) ~ 'http://abcdefgh.com'|urlize(19) ~ "
            + "'http://abcdefgh.com'|urlize(0) § `<a href=\"http://abcdefgh.com\" "
            + "rel=\"noopener\">http://abcdefgh.co...</a><a href=\"http://abcdefgh.com\" "
            + "rel=\"noopener\">http://abcdefgh.com</a><a href=\"http://abcdefgh.com\" "
            + "rel=\"noopener\">...</a>`",
        "'http://a.b x:y'|urlize(none, false, '', '', ['x:']) § `FilterArgumentError: 'x:' "
            + "is not a valid URI scheme prefix.`",
        "'x: x:1 xx:'|urlize(extra_schemes=['x:']) § `FilterArgumentError: 'x:' is not a "
            + "valid URI scheme prefix.`",
        "'http://a.b'|urlize(rel=5) § `AttributeError: 'int' object has no attribute 'split'`",
        "'http://a.b'|urlize(extra_schemes=[5]) § `TypeError: expected string or bytes-like "
            + "object, got 'int'`",
        "'http://a.b'|urlize('x') § `http://a.b`",
        "'x'|urlize(extra_schemes=['x']) § `FilterArgumentError: 'x' is not a valid URI "
            + "scheme prefix.`",
        "{'id': 'a<b', 'n': none, 'u': undef, 'k': 2}|xmlattr § ` id=\"a&lt;b\" k=\"2\"`",
        "{}|xmlattr ~ '.' ~ {'a': 1}|xmlattr(false) § `.a=\"1\"`",
        "{'a b': 1}|xmlattr § `ValueError: Invalid character in attribute name: 'a b'`",
        "'<p>A &amp; B &eacute;&#8364;&#x1F642;</p><!-- <b> --> &lt;&nosuch  '|striptags § "
            + "`A & B é€🙂 <&nosuch`",
        "('a &lt; <b>c</b>'|safe).striptags() ~ ('&amp;'|safe).unescape() § `a < c&`"
      })
  void linksAndAttributesAreMadeOfText(String expression, String expected) {
    assertThat(value(expression).replace("\n", "⏎")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "[('<i>'|safe)|last] § `[Markup('>')]`",
        "'%s'|format(1, a=2) § `FilterArgumentError: can't handle positional and keyword "
            + "arguments at the same time`",
        "[2, 1]|sort('x') § `TypeError: 'str' object cannot be interpreted as an integer`",
        "[1, 2, 3]|batch(2, 0)|list § `[[1, 2], [3, 0]]`",
        "'abc'.translate('abc'.maketrans('ab', 'xy', 'c')) ~ 'abc'.translate({97: none, 98: "
            + "'BB'}) § `xyBBc`",
        "'{a} {b[0]}'.format_map({'a': 1, 'b': [2]}) § `1 2`",
        "range(2, 9, 3).stop § `9`",
        "{'a': 1}.keys().isdisjoint(['b']) § `True`"
      })
  void sequencesAndMethodsDoAsInPython(String expression, String expected) {
    assertThat(value(expression).replace("\n", "⏎")).isEqualTo(expected);
  }

  @Test
  void cyclersAndJoinersKeepTheirPlace() {
    assertThat(
            text(
                "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}"
                    + "{{ c.current }}{{ c.pos }}{{ c.reset() }}{{ c.next() }}{{ c.items }}"))
        .isEqualTo("abab1Nonea('a', 'b')");
    assertThat(
            text(
                "{% set j = joiner(' | ') %}{% for x in [1, 2, 3] %}{{ j() }}{{ x }}{% endfor %}"
                    + "{{ j.sep }}{{ j.used }}"))
        .isEqualTo("1 | 2 | 3 | True");
    assertThat(value("cycler()")).isEqualTo("RuntimeError: at least one item has to be provided");
    assertThat(value("cycler(1)()")).isEqualTo("TypeError: 'Cycler' object is not callable");
    assertThat(value("joiner(1, 2)"))
        .isEqualTo(
            "TypeError: Joiner.__init__() takes from 1 to 2 positional arguments but 3 were given");
  }

  @Test
  void whatIsLeftOutOnPurposeSaysSo() {
    assertThat(value("[1, 2] | random"))
        .isEqualTo(
            "SecurityError: the filter random is not supported in templates:"
                + " a prompt is the same every time");
    assertThat(value("lipsum()")).contains("lipsum() is not supported in templates");
    assertThat(value("'a'.encode()")).contains("str.encode() is not supported in templates");
    assertThat(value("'&notin;' | striptags"))
        .contains("the character reference &notin; is not supported in templates");
  }
}
