package dev.sifter.train.cli;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as transformers writes them: {@code 2GB} is 2·10⁹ bytes, {@code 2GiB} is 2·2³⁰. */
final class ByteSize {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*([KMGT]?)(I?)B?");
  private static final String PREFIXES = "KMGT";

  private ByteSize() {}

  /**
   * The number of bytes.
   *
   * @param option for the error
   * @throws IllegalArgumentException if it is no size, or less than a byte
   */
  static long parse(String option, String text) {
    Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (matcher.matches()) {
      int power = matcher.group(2).isEmpty() ? 0 : PREFIXES.indexOf(matcher.group(2)) + 1;
      BigDecimal unit = BigDecimal.valueOf(matcher.group(3).isEmpty() ? 1000 : 1024).pow(power);
      BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(unit);
      if (bytes.signum() > 0 && bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) < 0) {
        return Math.max(1, bytes.longValue());
      }
    }
    throw new IllegalArgumentException(
        "%s is '%s'; it must be a size such as 2GB or 500MiB".formatted(option, text));
  }
}
