package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** Classes have exactly the code points that they have in Oniguruma; other planes hold no cases. */
class CharacterClassesTest {

  private static final String ALL =
      IntStream.concat(IntStream.rangeClosed(0, 0x1FFFF), IntStream.rangeClosed(0xE0000, 0xE01FF))
          .filter(cp -> cp < Character.MIN_SURROGATE || cp > Character.MAX_SURROGATE)
          .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
          .toString();

  @ParameterizedTest
  @CsvFileSource(resources = "oniguruma-classes.csv", delimiter = ';')
  void aClassIsOnigurumas(String regex, int count, String checksum) {
    List<String> runs = new ArrayList<>();
    Matcher matcher = OnigurumaRegex.compile(regex, "test").matcher(ALL);
    int found = 0;
    int first = -1;
    int last = -1;
    while (matcher.find()) {
      int cp = ALL.codePointAt(matcher.start());
      boolean follows = last == cp - 1 && cp != Character.MAX_SURROGATE + 1;
      if (found > 0 && !follows) {
        runs.add("%X-%X".formatted(first, last));
      }
      first = found > 0 && follows ? first : cp;
      last = cp;
      found++;
    }
    runs.add("%X-%X".formatted(first, last));
    assertThat(found).isEqualTo(count);
    CRC32 crc = new CRC32();
    crc.update(String.join(",", runs).getBytes(StandardCharsets.US_ASCII));
    assertThat("%08x".formatted(crc.getValue())).isEqualTo(checksum);
  }
}
