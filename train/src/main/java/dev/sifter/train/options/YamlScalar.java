package dev.sifter.train.options;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What a value without quotes stands for in YAML 1.1, by the patterns of PyYAML 6.0's resolver:
 * {@code 1e3} and {@code 0o17} are texts, {@code 017} is 15, {@code 1_000} a thousand, {@code
 * 12:30} 750. A date stays the text that it is.
 */
public final class YamlScalar {
  private static final Pattern NULL = Pattern.compile("~|null|Null|NULL|");
  private static final Pattern TRUTH = Pattern.compile("true|True|TRUE|false|False|FALSE");
  private static final Pattern WORD = Pattern.compile("yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF");
  private static final Pattern WHOLE =
      Pattern.compile(
          "[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)");
  private static final Pattern REAL =
      Pattern.compile(
          "[-+]?[0-9][0-9_]*\\.[0-9_]*([eE][-+][0-9]+)?"
              + "|\\.[0-9][0-9_]*([eE][-+][0-9]+)?"
              + "|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\\.[0-9_]*");
  private static final Pattern INFINITE = Pattern.compile("[-+]?\\.(inf|Inf|INF)");
  private static final Pattern NOT_A_NUMBER = Pattern.compile("\\.(nan|NaN|NAN)");

  /** Numbers with colons are written in base 60, as hours and minutes are. */
  private static final int SIXTY = 60;

  private YamlScalar() {}

  /**
   * The value of a plain scalar.
   *
   * @throws NumberFormatException if the text looks like a number and is none: {@code 0x_}
   */
  static JsonNode of(String text) {
    if (WORD.matcher(text).matches()) {
      return BooleanNode.valueOf(FlagWords.valueOf(text).orElseThrow());
    }
    if (WHOLE.matcher(text).matches()) {
      return narrowest(whole(text.replace("_", "")));
    }
    if (REAL.matcher(text).matches()) {
      return DoubleNode.valueOf(real(text.replace("_", "")));
    }
    if (INFINITE.matcher(text).matches()) {
      boolean negative = text.startsWith("-");
      return DoubleNode.valueOf(negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
    }
    return NOT_A_NUMBER.matcher(text).matches() ? DoubleNode.valueOf(Double.NaN) : written(text);
  }

  /** The value where a text is wanted: as it is written, but for null, true and false. */
  public static JsonNode written(String text) {
    if (NULL.matcher(text).matches()) {
      return NullNode.getInstance();
    }
    return TRUTH.matcher(text).matches()
        ? BooleanNode.valueOf(FlagWords.valueOf(text).orElseThrow())
        : TextNode.valueOf(text);
  }

  private static BigInteger whole(String text) {
    String digits = unsigned(text).toLowerCase(Locale.ROOT);
    BigInteger value = BigInteger.ZERO;
    if (digits.startsWith("0b")) {
      value = new BigInteger(digits.substring(2), 2);
    } else if (digits.startsWith("0x")) {
      value = new BigInteger(digits.substring(2), 16);
    } else if (digits.startsWith("0")) {
      value = new BigInteger(digits, 8);
    } else {
      for (String part : digits.split(":")) {
        value = value.multiply(BigInteger.valueOf(SIXTY)).add(new BigInteger(part));
      }
    }
    return text.startsWith("-") ? value.negate() : value;
  }

  private static double real(String text) {
    double value = 0;
    for (String part : unsigned(text).split(":")) {
      value = value * SIXTY + Double.parseDouble(part);
    }
    return text.startsWith("-") ? -value : value;
  }

  private static String unsigned(String number) {
    return number.startsWith("-") || number.startsWith("+") ? number.substring(1) : number;
  }

  /** In the type that Jackson gives a number of JSON. */
  private static JsonNode narrowest(BigInteger value) {
    if (value.bitLength() < Integer.SIZE) {
      return IntNode.valueOf(value.intValue());
    }
    return value.bitLength() < Long.SIZE
        ? LongNode.valueOf(value.longValue())
        : BigIntegerNode.valueOf(value);
  }
}
