package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Utf8Test {
  private static String decode(int... bytes) {
    StringBuilder out = new StringBuilder();
    Utf8.Decoder decoder = new Utf8.Decoder();
    for (int b : bytes) {
      decoder.accept(b, out);
    }
    decoder.finish(out);
    return out.toString();
  }

  @Test
  void illFormedInputIsReplacedByMaximalSubparts() {
    // The Unicode Standard 16, section 3.9, table 3-8 and the examples around it.
    assertThat(decode(0x61, 0xF1, 0x80, 0x80, 0xE1, 0x80, 0xC2, 0x62, 0x80, 0x63, 0x80, 0xBF, 0x64))
        .isEqualTo("a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
    assertThat(decode(0xED, 0xA0, 0x80)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    assertThat(decode(0xF0, 0x80, 0x80, 0x41)).isEqualTo("\uFFFD\uFFFD\uFFFDA");
    assertThat(decode(0xC0, 0xAF, 0xF4, 0x90)).isEqualTo("\uFFFD".repeat(4));
    assertThat(decode(0xF0, 0x9F, 0x99)).isEqualTo("\uFFFD");
  }

  @Test
  void everyCharacterSurvives() {
    byte[] bytes = new byte[4];
    for (int cp = 0; cp <= Character.MAX_CODE_POINT; cp++) {
      if (cp >= 0xD800 && cp < 0xE000) {
        continue;
      }
      int length = Utf8.encode(cp, bytes, 0);
      assertThat(length).isEqualTo(Utf8.length(cp));
      assertThat(new String(bytes, 0, length, StandardCharsets.UTF_8).codePointAt(0)).isEqualTo(cp);
    }
  }

  @Test
  void randomBytesDecodeAsTheJdkDoesWhereNoSurrogateIsEncoded() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(12)];
      int[] values = new int[bytes.length];
      for (int k = 0; k < bytes.length; k++) {
        // 0xED begins surrogates, which the JDK replaces as one.
        int b = random.nextInt(4) == 0 ? random.nextInt(128) : random.nextInt(128, 256);
        values[k] = b == 0xED ? 0xEC : b;
        bytes[k] = (byte) values[k];
      }
      assertThat(decode(values)).isEqualTo(new String(bytes, StandardCharsets.UTF_8));
    }
  }
}
