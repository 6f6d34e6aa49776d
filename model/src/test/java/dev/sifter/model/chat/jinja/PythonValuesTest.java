package dev.sifter.model.chat.jinja;

import static dev.sifter.model.chat.jinja.Rendered.value;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values behave as Python's; the expected texts are what Python 3.11 with Jinja2 3.1 prints. */
class PythonValuesTest {

  /** With infinity and NaN, too. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "[5 // -inf, -5 // inf, 5 // inf, -5 // -inf, -5 % inf, 5 % -inf] # [-1.0, -1.0, 0.0, 0.0,"
            + " inf, -inf]",
        "[inf // 2, inf % 2, -7.5 // 2, -7.5 % 2, -1e-300 // 5.0] # [nan, nan, -4.0, 0.5, -1.0]",
        "[1 ** inf, m ** inf, m ** -inf, 1 ** nan, m ** nan] # [1.0, 1.0, 1.0, 1.0, nan]",
        "[mi ** 0.5, mi ** -0.5, mi ** -3, mi ** 3, mz ** mi] # [inf, 0.0, -0.0, -inf, inf]",
        "(10 ** 400) ** -1 # OverflowError: int too large to convert to float",
      })
  void powersQuotientsAndRestsOfReals(String expression, String expected) {
    double inf = Double.POSITIVE_INFINITY;
    assertThat(value(expression, "inf", inf, "mi", -inf, "nan", Double.NaN, "m", -1.0, "mz", -0.0))
        .isEqualTo(expected);
  }

  @Test
  void arraysHoldNoneToo() {
    assertThat(value("a", "a", new Object[] {"x", null, 1})).isEqualTo("['x', None, 1]");
  }

  @Test
  void noneUndefinedAndMissingAreThreeThings() {
    Map<String, Object> message = new java.util.HashMap<>();
    message.put("content", null);
    assertThat(value("m.content", "m", message)).isEqualTo("None");
    assertThat(value("m.other", "m", message)).isEmpty();
    assertThat(value("m.content is none", "m", message)).isEqualTo("True");
    assertThat(value("m.content is defined", "m", message)).isEqualTo("True");
    assertThat(value("m.other is defined", "m", message)).isEqualTo("False");
    assertThat(value("m.other is none", "m", message)).isEqualTo("False");
    assertThat(value("m.get('other') is none", "m", message)).isEqualTo("True");
    assertThat(value("m.content | default('d')", "m", message)).isEqualTo("None");
    assertThat(value("m.content | default('d', true)", "m", message)).isEqualTo("d");
    assertThat(value("m.other | default('d')", "m", message)).isEqualTo("d");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "'ΟΔΟΣ.Α ΑΣ:'.lower() # οδοσ.α ας:",
        "'ΑΣ<b ΑΣ-Σ'.title() # Ας<B Ας-Σ",
        "'ΑΣ αΣ.'.swapcase() # ας Ας.",
        "'ΑΣ. ΣΑ'.capitalize() # Ας. σα",
        "[5e-324, 1e-323, 1e-322, 1.5e-323, 4.4e-323] # [5e-324, 1e-323, 1e-322, 1.5e-323,"
            + " 4.4e-323]",
        "[(1.5).hex(), (-0.0).hex(), (5e-324).hex(), (1e300).hex(), (0.1).hex()] | join(' ') #"
            + " 0x1.8000000000000p+0 -0x0.0p+0 0x0.0000000000001p-1022 0x1.7e43c8800759cp+996"
            + " 0x1.999999999999ap-4",
        "'%(a)s' % undef # UndefinedError: 'undef' is undefined",
        "'\\N{BULLET}\\N{latin small letter a}' # •a",
        "'\\N{NOPE}' # TemplateSyntaxError: unknown Unicode character name",
        "'\\é\\😀\\ \\q' # \\xe9\\U0001f600\\ \\q",
        "'\\1０\\101' | length # 3",
        "'\\x４1' # TemplateSyntaxError: truncated \\xXX escape",
        "'\\N{}' # TemplateSyntaxError: malformed \\N character escape",
        "[-2 ** n, -2 ** 2, 2 ** -n, (1 - 3) ** n, -n ** 2] # [-4, 4, 0.25, -4, 4]",
        "['abc'.startswith('', 3), 'abc'.startswith('', 4), 'abc'.endswith('', 2, 1)] # [True,"
            + " False, False]",
        "['abc'.find('', 3), 'abc'.find('', 4), 'abc'.count('', 4), 'abc'.count('', 2, 1)] # [3,"
            + " -1, 0, 0]",
        "'a'.split(maxsplit=10**30) # OverflowError: Python int too large to convert to C ssize_t",
        "'a' | truncate(10**30) # a",
        "('ab'.isalpha() if true else 1)[1:1] # TypeError: 'bool' object is not subscriptable",
        "(true and 'ab'.isalpha())[1:1] # TypeError: 'bool' object is not subscriptable",
        "('ab' if true else 1)[1:] # b",
        "dict(**undef) # UndefinedError: 'undef' is undefined",
        "[1] | tojson(indent=undef) # UndefinedError: 'undef' is undefined",
        "dict(undef) # UndefinedError: 'undef' is undefined",
        "namespace(undef) # UndefinedError: 'undef' is undefined",
        "5 | slice(0) | list # TypeError: 'int' object is not iterable",
        "'x'.format_map * 2 # TypeError: unsupported operand type(s) for *: 'function' and 'int'"
      })
  void rareValuesAreAsInPython(String expression, String expected) {
    assertThat(value(expression, "n", 2)).isEqualTo(expected);
  }

  @Test
  void undefinedIsEmptyAndFailsWhenItIsUsed() {
    assertThat(value("x | length")).isEqualTo("0");
    assertThat(value("x == y")).isEqualTo("True");
    assertThat(value("x is iterable and x is sequence")).isEqualTo("True");
    assertThat(value("x.y")).isEqualTo("UndefinedError: 'x' is undefined");
    assertThat(value("x + 1")).isEqualTo("UndefinedError: 'x' is undefined");
    assertThat(value("m.a.b", "m", Map.of()))
        .isEqualTo("UndefinedError: 'dict object' has no attribute 'a'");
    assertThat(value("m[3].b", "m", List.of()))
        .isEqualTo("UndefinedError: list object has no element 3");
    assertThat(value("x | tojson"))
        .isEqualTo("TypeError: Object of type Undefined is not JSON serializable");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "'abcdef'[1:3] # bc",
        "'abcdef'[::-1] # fedcba",
        "'abcdef'[-2:] # ef",
        "'abcdef'[10:] # ``",
        "'abcdef'[4:1:-2] # ec",
        "[1,2,3,4][1:][:2] # [2, 3]",
        "(1,2,3)[::2] # (1, 3)",
        "'a\uD83D\uDE42b'[1] # \uD83D\uDE42",
        "'a\uD83D\uDE42b' | length # 3",
        "range(10)[2:8:3] | list # [2, 5]"
      })
  void slicesCountCodePoints(String row, String expected) {
    assertThat(value(row)).isEqualTo(expected);
  }

  @Test
  void reprIsPythons() {
    assertThat(value("[none, true, 1.0, 'it\\'s', \"q\"]"))
        .isEqualTo("[None, True, 1.0, \"it's\", 'q']");
    assertThat(value("(1,)")).isEqualTo("(1,)");
    assertThat(value("{'a': [1, {'b': none}]}")).isEqualTo("{'a': [1, {'b': None}]}");
    assertThat(value("['\\n\\t\\\\ \u00e9 \\x7f']")).isEqualTo("['\\n\\t\\\\ \u00e9 \\x7f']");
    assertThat(value("[1e16, 1e15, 0.0001, 0.00001, -0.0, 123456.789]"))
        .isEqualTo("[1e+16, 1000000000000000.0, 0.0001, 1e-05, -0.0, 123456.789]");
    assertThat(value("2 ** 70")).isEqualTo("1180591620717411303424");
    assertThat(value("9223372036854775807 + 1")).isEqualTo("9223372036854775808");
  }

  @Test
  void jsonIsPythons() {
    Map<String, Object> map = new java.util.LinkedHashMap<>();
    map.put("b", List.of(1, 2.0));
    map.put("a", "\u00e9<\"");
    assertThat(value("m | tojson", "m", map))
        .isEqualTo("{\"b\": [1, 2.0], \"a\": \"\u00e9<\\\"\"}");
    assertThat(value("m | tojson(ensure_ascii=true, sort_keys=true)", "m", map))
        .isEqualTo("{\"a\": \"\\u00e9<\\\"\", \"b\": [1, 2.0]}");
    assertThat(value("m | tojson(indent=2)", "m", map))
        .isEqualTo("{\n  \"b\": [\n    1,\n    2.0\n  ],\n  \"a\": \"\u00e9<\\\"\"\n}");
    assertThat(value("m | tojson(separators=(',', ':'))", "m", map))
        .isEqualTo("{\"b\":[1,2.0],\"a\":\"\u00e9<\\\"\"}");
    assertThat(value("[[], {}, none, true] | tojson(indent=1)"))
        .isEqualTo("[\n [],\n {},\n null,\n true\n]");
  }

  @Test
  void arithmeticIsPythons() {
    assertThat(value("[-7 // 2, -7 % 3, 7 / 2, 2 ** -1, true + 1]"))
        .isEqualTo("[-4, 2, 3.5, 0.5, 2]");
    assertThat(value("1 // 0")).isEqualTo("ZeroDivisionError: integer division or modulo by zero");
    assertThat(value("'a' + none"))
        .isEqualTo("TypeError: can only concatenate str (not \"NoneType\") to str");
    assertThat(value("none + 'a'"))
        .isEqualTo("TypeError: unsupported operand type(s) for +: 'NoneType' and 'str'");
    assertThat(value("1 < 'a'"))
        .isEqualTo("TypeError: '<' not supported between instances of 'int' and 'str'");
    assertThat(value("'ab' * 2 ~ 1 + 'x'"))
        .as("~ binds tighter than +, * tighter than ~")
        .isEqualTo("abab1x");
    assertThat(value("1 == 1.0 == true")).isEqualTo("True");
    assertThat(value("'' != false")).isEqualTo("True");
    assertThat(value("-1 | abs")).as("unary minus binds tighter than a filter").isEqualTo("1");
    assertThat(value("not x is defined")).isEqualTo("True");
  }

  @Test
  void integersDivideToTheNearestDouble() {
    assertThat(value("[10 / 123456789012345678901, 123456789012345678901 / 3, 2**1100 / 2**1090]"))
        .isEqualTo("[8.100000072900001e-20, 4.115226300411522e+19, 1024.0]");
    assertThat(value("[9007199254740993 / 1, 9007199254740993 / 3, -1 / 3, 1 / 2**1080]"))
        .isEqualTo("[9007199254740992.0, 3002399751580331.0, -0.3333333333333333, 0.0]");
    assertThat(value("2**1100 / 3"))
        .isEqualTo("OverflowError: integer division result too large for a float");
    assertThat(value("[-2.25 | round(-1), -0.3 | round, 2.5 | round, 12345 | round(-2)]"))
        .isEqualTo("[-0.0, -0.0, 2.0, 12300]");
  }

  @Test
  void infinityAndNanAreNoIntegers() {
    String infinite = "OverflowError: cannot convert float infinity to integer";
    String nan = "ValueError: cannot convert float NaN to integer";
    assertThat(value("x | int(5)", "x", Double.POSITIVE_INFINITY)).isEqualTo(infinite);
    assertThat(value("x | round(0, 'floor')", "x", Double.NEGATIVE_INFINITY)).isEqualTo(infinite);
    assertThat(value("'%d' % x", "x", Double.POSITIVE_INFINITY)).isEqualTo(infinite);
    assertThat(value("x | round(0, 'ceil')", "x", Double.NaN)).isEqualTo(nan);
    assertThat(value("'%d' % x", "x", Double.NaN)).isEqualTo(nan);
    assertThat(value("[x | int(5), 'inf' | int(5), x | round(2)]", "x", Double.NaN))
        .isEqualTo("[5, 5, nan]");
    assertThat(value("x | round(-308)", "x", 1.7e308))
        .isEqualTo("OverflowError: rounded value too large to represent");
  }

  @Test
  void rangesOfLargeIntegersAreExactOrRefused() {
    assertThat(value("[range(2**61 - 3, 2**61)[1:] | list, range(0, 2**61, 2**60)[1:] | list]"))
        .isEqualTo("[[2305843009213693950, 2305843009213693951], [1152921504606846976]]");
    assertThat(value("range(2**62, 2**62 + 3) | list"))
        .isEqualTo("OverflowError: a range with integers beyond 2**61; the sandbox refuses it");
    assertThat(value("range(0, 2**61, 2**60)[::16]")).startsWith("OverflowError");
  }

  @Test
  void casesAreUnicodes() {
    assertThat(value("['ǆx'.title(), 'თბილისი'.capitalize(), 'ŉx'.title(), 'ﬁ'.title()]"))
        .isEqualTo("['ǅx', 'თბილისი', 'ʼNx', 'Fi']");
    assertThat(value("'ΑΣ ẞ ﬁ ŉ µ İ ı Ꭰ ꭰ'.casefold()")).isEqualTo("ασ ss fi ʼn μ i̇ ı Ꭰ Ꭰ");
  }

  @Test
  void groupsHaveNamedParts() {
    String groups = "[{'r': 'b'}, {'r': 'a'}, {'r': 'b'}] | groupby('r')";
    assertThat(value(groups)).isEqualTo("[('a', [{'r': 'a'}]), ('b', [{'r': 'b'}, {'r': 'b'}])]");
    assertThat(value(groups + " | map(attribute='grouper') | list")).isEqualTo("['a', 'b']");
    assertThat(value("(" + groups + ")[1].list | length")).isEqualTo("2");
  }

  @Test
  void textHasPythonsWhiteSpaceAndLiteralSeparators() {
    assertThat(value("s.strip()", "s", "\u00a0\u2028 a \u001c\u0085")).isEqualTo("a");
    assertThat(value("s.strip()", "s", "\u200ba"))
        .as("a zero width space is no white space")
        .isEqualTo("\u200ba");
    assertThat(value("'a.b.c'.split('.')")).isEqualTo("['a', 'b', 'c']");
    assertThat(value("' a  b '.split()")).isEqualTo("['a', 'b']");
    assertThat(value("'</think>x</think>y'.split('</think>')[-1]")).isEqualTo("y");
    assertThat(value("' a b  c '.split(none, 1)")).isEqualTo("['a', 'b  c ']");
    assertThat(value("' a b  c '.rsplit(none, 1)")).isEqualTo("[' a b', 'c']");
    assertThat(value("'aXbXc'.rsplit('X', 1)")).isEqualTo("['aXb', 'c']");
    assertThat(value("'\u00dfa dz'.title()")).isEqualTo("Ssa Dz");
    assertThat(value("'x'.join(['a', 'b']) ~ '%s-%03d' % ('q', 7)")).isEqualTo("axbq-007");
    assertThat(value("'a\\r\\nb\\x1cc'.splitlines()")).isEqualTo("['a', 'b', 'c']");
  }

  @Test
  void methodsComeBeforeKeysInDotsAndAfterThemInBrackets() {
    Map<String, Object> map = Map.of("items", 1, "a", 2);
    assertThat(value("m.items() | length", "m", map)).isEqualTo("2");
    assertThat(value("m['items']", "m", map)).isEqualTo("1");
    assertThat(value("m.a", "m", map)).isEqualTo("2");
    assertThat(value("m['get']('a')", "m", map)).isEqualTo("2");
  }

  @Test
  void generatorsAreLazyAndOneShot() {
    assertThat(value("[1, 2] | map('string') | length"))
        .isEqualTo("TypeError: object of type 'generator' has no len()");
    assertThat(value("5 | map('string') is defined")).isEqualTo("True");
    assertThat(value("5 | map('string') | list"))
        .isEqualTo("TypeError: 'int' object is not iterable");
    assertThat(Rendered.text("{% set g = [1, 2] | map('string') %}{{ g | list }}{{ g | list }}"))
        .isEqualTo("['1', '2'][]");
    assertThat(value("[1, 2] | select('gt', 1) | tojson"))
        .isEqualTo("TypeError: Object of type generator is not JSON serializable");
  }

  @Test
  void markupEscapesWhatIsAddedToIt() {
    assertThat(value("('<b>' | safe) + '<i>'")).isEqualTo("<b>&lt;i&gt;");
    assertThat(value("'<i>' + ('<b>' | safe)")).isEqualTo("&lt;i&gt;<b>");
    assertThat(value("('<b>' | safe) ~ '<i>'")).isEqualTo("<b><i>");
    assertThat(value("'<' | e")).isEqualTo("&lt;");
  }

  @Test
  void sortingIsStableAndKeepsPythonsErrors() {
    assertThat(value("['b', 'A', 'a', 'B'] | sort")).isEqualTo("['A', 'a', 'b', 'B']");
    assertThat(value("['b', 'A', 'a'] | sort(case_sensitive=true)")).isEqualTo("['A', 'a', 'b']");
    assertThat(value("[3, 1, 2] | sort(reverse=true)")).isEqualTo("[3, 2, 1]");
    assertThat(value("[1, 'a'] | sort"))
        .isEqualTo("TypeError: '<' not supported between instances of 'str' and 'int'");
    assertThat(value("(range(300) | list | reverse | list | sort)[:3]")).isEqualTo("[0, 1, 2]");
    assertThat(value("{'b': 1, 'a': 2} | dictsort")).isEqualTo("[('a', 2), ('b', 1)]");
  }

  @Test
  void timeIsFormattedAsInC() {
    assertThat(value("strftime_now('%d %b %Y, %A %H:%M:%S %j %I%p %-d')"))
        .isEqualTo("04 Jul 2025, Friday 09:05:03 185 09AM 4");
  }
}
