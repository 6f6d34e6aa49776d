package dev.sifter.model.chat.jinja;

import static dev.sifter.model.chat.jinja.Rendered.value;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code %} and {@code str.format}; the expected texts are what Python 3.11 prints. */
class FormatsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "'%e|%.2E|%g|%G|%.3g' % (1234.5, 1234.5, 1e-5, 1e20, 123456) § `"
            + "1.234500e+03|1.23E+03|1e-05|1E+20|1.23e+05`",
        "'%#g|%#.0e|%+g|% e|%08.2e|%-6g|' % (1.5, 2, 3, 4, 5, 6.5) § `"
            + "1.50000|2.e+00|+3| 4.000000e+00|5.00e+00|6.5   |`",
        "'%.5d|%05.3d|%.3x|%#.4X|%.10o|%+.3d' % (42, 5, 10, 255, 8, -7) § `"
            + "00042|00005|00a|0X00FF|0000000010|-007`",
        "'%a|%r|%s' % ('é🙂', 'é', 'é') § `'\\xe9\\U0001f642'|'é'|é`",
        "'%f|%F|%.0f|%#.0f|%e' % (1e20, -1.5, 2.5, 2.5, -0.0) § `"
            + "100000000000000000000.000000|-1.500000|2|2.|-0.000000e+00`",
        "'{:.2f} {:,} {:>8} {:<5}| {:^7}|'.format(3.14159, 1234567, 'ab', 'c', 'mid') § `"
            + "3.14 1,234,567       ab c    |   mid  |`",
        "'{:08,} {:+d} {:x} {:#o} {:b} {:_b}'.format(1234, 5, 255, 8, 5, 1000) § `"
            + "0,001,234 +5 ff 0o10 101 11_1110_1000`",
        "'{0} {1!r} {a} {b[0]} {c.x}'.format('p', 'q', a=1, b=[7], c={'x': 1}) § `p 'q' 1 7 1`",
        "'{:{}} {:{w}.{p}f}'.format('a', 5, 2.5, w=8, p=3) § `a        2.500`",
        "'{:.3} {:5} {:.3} {:g} {:e}'.format(123.0, 1.5, 12345.678, 1e-7, 12) § `"
            + "1.23e+02   1.5 1.23e+04 1e-07 1.200000e+01`",
        "'{:%} {:n} {:.0f}'.format(0.5, 1.5, 2**80) § `50.000000% 1.5 1208925819614629174706176`",
        "'{:,.2f} {:010.1f} {:=+8d} {:*^9}'.format(1234567.891, -3.14, 5, 'x') § `"
            + "1,234,567.89 -0000003.1 +      5 ****x****`",
        "'{!s:>5}{!a}{{}}'.format(1, 'é') § `    1'\\xe9'{}`",
        "('<b>{}</b>{}'|safe).format('<i>', '<u>'|safe) § `<b>&lt;i&gt;</b><u>`",
        "'%*d|%-*d|%.*f|%*.*f|%*d|%ld' % (5, 3, 4, 2, 1, 2.25, 8, 2, 3.14159, -3, 1, 6) § `"
            + "    3|2   |2.2|    3.14|1  |6`",
        "'{:c}|{:5c}|{:>5c}|{:05c}'.format(97, 98, 99, 233) § `a|    b|    c|0000é`",
        "'%s|%r'|format(undef, undef) ~ '{}'.format(undef) § `|Undefined`",
        "'{:5}|{:<5}|{:^5}|{!r:5}'.format(true, 42, 42, 'a') § `    1|42   | 42  |'a'  `",
        "'%c%c|%3c|%-3c|' % (65, 'é', 'x', 'y') § `Aé|  x|y  |`",
        "'%.2s|%5.1r|%.9s|%.0s|' % ('héllo', 'ab', 'xy', 'q') § `hé|    '|xy||`",
        "'%(a)s%% %(b)d' % {'a': 1, 'b': 2} § `1% 2`",
        "'%%' % () § `%`",
        "'%%' % {} § `%`",
        "'x' % [1] § `x`",
        "'x' % {'a': 1} § `x`",
        "'x' % undef § `x`",
        "'x' % range(3) § `x`",
        "'%ld|%#x|%#o|%+.2f|% d' % (1, 255, 8, 1.5, 3) § `1|0xff|0o10|+1.50| 3`",
        "'%05d|%-5d|%+05d|%x|%X' % (-3, -3, 3, -255, 255) § `-0003|-3   |+0003|-ff|FF`",
        "'%s'|safe % '<b>' § `&lt;b&gt;`",
        "'%r'|safe % '<b>' § `&#39;&lt;b&gt;&#39;`",
        "'%.1s'|safe % '<b>' § `&`",
        "'{:.3}|{:.9}|{:.0}|{:.2s}'.format('héllo', 'ab', 'xy', 'éèê') § `hél|ab||éè`",
        "'{:n}|{:,d}|{:_x}|{:#X}|{:#b}'.format(1234, -1234567, 70000, 255, 5) § "
            + "`1234|-1,234,567|1_1170|0XFF|0b101`",
        "'{:=08.2f}|{:+,.1f}|{:012,}|{:015,.2f}'.format(-1.5, 1234567.89, -1234567, 1234.5) "
            + "§ `-0001.50|+1,234,567.9|-001,234,567|0,000,001,234.50`",
        "'{:d}|{:+d}|{: d}'.format(0, 0, 0) § `0|+0| 0`",
        "'{0:{1}}|{0:>{w}}'.format('a', 3, w=4) § `a  |   a`",
        "'{a.b}{c[d]}{e[0]}'.format(a={'b': 1}, c={'d': 2}, e=[3]) § `123`",
        "'{0!r:>5}|{0!s}|{0!a}'.format('é') § `  'é'|é|'\\xe9'`",
        "'{:{:>2}}|{:{}}'.format(1, 4, 2, 3) § `   1|  2`",
        "'{:012,.2f}|{:06}|{:<06}|{:x>6}'.format(1234.5, -42, 42, 42) § `"
            + "0,001,234.50|-00042|420000|xxxx42`",
        "'{:z.1f}|{:+z.0f}|{:z}|{:z,.2f}|{:+z%}|{: z.2e}|{:z.1f}|{:z.0e}'.format(-0.01, -0.4, -0.0,"
            + " -0.001, -0.0, -0.0, -0.06, -1e-9) § `"
            + "0.0|+0|0.0|0.00|+0.000000%| 0.00e+00|-0.1|-1e-09`"
      })
  void numbersAndTextsAreFormattedAsInPython(String expression, String expected) {
    assertThat(value(expression)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "'{0} {}'.format(1) § `ValueError: cannot switch from manual field specification to"
            + " automatic field numbering`",
        "'{:d}'.format('a') § `ValueError: Unknown format code 'd' for object of type 'str'`",
        "'{:.1d}'.format(1) § `ValueError: Precision not allowed in integer format specifier`",
        "'{:>5}'.format(none) § `"
            + "TypeError: unsupported format string passed to NoneType.__format__`",
        "'{'.format(1) § `ValueError: Single '{' encountered in format string`",
        "'{a'.format(a=1) § `ValueError: expected '}' before end of string`",
        "'}'.format(1) § `ValueError: Single '}' encountered in format string`",
        "'{} {}'.format(1) § `IndexError: tuple index out of range`",
        "'{a}'.format(b=1) § `KeyError: 'a'`",
        "'%*d' % 3 § `TypeError: not enough arguments for format string`",
        "'%*d' % ('a', 3) § `TypeError: * wants int`",
        "'%(a)*d' % {'a': 3} § `TypeError: not enough arguments for format string`",
        "'%d' % undef § `UndefinedError: 'undef' is undefined`",
        "'%f' % undef § `UndefinedError: 'undef' is undefined`",
        "'%x' % undef § `TypeError: %x format: an integer is required, not Undefined`",
        "'%c' % 1114112 § `OverflowError: %c arg not in range(0x110000)`",
        "'{:c}'.format(-1) § `OverflowError: %c arg not in range(0x110000)`",
        "'{:+c}'.format(97) § `ValueError: Sign not allowed with integer format specifier 'c'`",
        "'{:#c}'.format(97) § `ValueError: Alternate form (#) not allowed with integer format"
            + " specifier 'c'`",
        "'{:,c}'.format(97) § `ValueError: Cannot specify ',' with 'c'.`",
        "'{:.3c}'.format(97) § `ValueError: Precision not allowed in integer format specifier`",
        "'%c' % 'ab' § `TypeError: %c requires int or char`",
        "'x' % 'y' § `TypeError: not all arguments converted during string formatting`",
        "'%s' % (1, 2) § `TypeError: not all arguments converted during string formatting`",
        "'%s %s' % (1,) § `TypeError: not enough arguments for format string`",
        "'%(a)s' % 5 § `TypeError: format requires a mapping`",
        "'%(a' % {} § `ValueError: incomplete format key`",
        "'%(a)s' % {'b': 1} § `KeyError: 'a'`",
        "'%' % 1 § `ValueError: incomplete format`",
        "'%y' % 1 § `ValueError: unsupported format character 'y' (0x79) at index 1`",
        "'%5' % 1 § `ValueError: incomplete format`",
        "'%*' % (1, 2) § `ValueError: incomplete format`",
        "'%hd %lld' % (1, 2) § `ValueError: unsupported format character 'l' (0x6c) at index "
            + "6`",
        "'{a[b]x}'.format(a={'b': 1}) § `ValueError: Only '.' or '[' may follow ']' in "
            + "format field specifier`",
        "'{a.}'.format(a=1) § `ValueError: Empty attribute in format string`",
        "'{a[]}'.format(a={}) § `ValueError: Empty attribute in format string`",
        "'{!x}'.format(1) § `ValueError: Unknown conversion specifier x`",
        "'{12345678901234567890}'.format(1) § `ValueError: Too many decimal digits in format "
            + "string`",
        "'{:{:{}}}'.format(1, 2, 3) § `ValueError: Max string recursion exceeded`",
        "'{:zd}'.format(97) § `ValueError: Negative zero coercion (z) not allowed in integer format"
            + " specifier`",
        "'{:zs}'.format('a') § `ValueError: Negative zero coercion (z) not allowed in string format"
            + " specifier`"
      })
  void whatCannotBeFormattedIsRefused(String expression, String expected) {
    assertThat(value(expression)).isEqualTo(expected);
  }
}
