package dev.sifter.model.tokenizer;

import java.util.List;
import java.util.SplittableRandom;

/** Strings that tokenizers get wrong: all planes, every white space, marks, repeats, markers. */
final class RandomText {
  private static final List<String> WORDS =
      List.of(
          "the",
          "quick",
          "brown",
          "fox",
          "Don't",
          "I'll",
          "WE'VE",
          "'S",
          "'ſ",
          "1234567",
          "3.14",
          "café",
          "cafe\u0301",
          "naïve",
          "½",
          "①",
          "Ⅷ",
          "١٢٣",
          "中文字符",
          "こんにちは",
          "안녕하세요",
          "привет",
          "हिन्दी",
          "العربية",
          "עברית",
          "ไทย",
          "🙂",
          "👨‍👩‍👧",
          "\u0344",
          "ﬁ",
          "Å",
          "\u212B",
          "İ",
          "ß",
          "K",
          "foo(x):",
          "+=",
          "//",
          "/*",
          "<html>",
          "http://a.b/c?d=e",
          "__init__",
          "▁",
          "▁▁",
          "##ing",
          "\uFF76\uFF9E",
          "\u1100\u1161\u11A8",
          "\u09C7\u09BE",
          "a\u0328\u0301");
  private static final List<String> SPACES =
      List.of(
          " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00A0", "\u3000", "\u2028", "\u0085",
          "\u200B", "\u180E", "\uFEFF", "\u0000", "\u001C", "\u000B", "\u2009", "\u1680");
  private static final List<String> MARKERS =
      List.of(
          "<|endoftext|>",
          "<s>",
          "</s>",
          "<unk>",
          "<|im_start|>",
          "<|im_end|>",
          "<0x41>",
          "<bos>",
          "<|im_",
          "[MASK]",
          "[CLS]",
          "[INST]",
          "<|fim_prefix|>",
          "<|extra_id_0|>",
          "aaa",
          "|||PHONE_NUMBER|||");

  private final SplittableRandom random;

  RandomText(long seed) {
    random = new SplittableRandom(seed);
  }

  /** A string of up to about a dozen parts. */
  String next() {
    StringBuilder text = new StringBuilder();
    for (int parts = random.nextInt(14); parts >= 0; parts--) {
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> text.append(pick(WORDS)).append(random.nextInt(5) < 3 ? " " : "");
        case 4, 5 -> text.append(pick(SPACES));
        case 6 -> text.append(pick(MARKERS));
        case 7 -> {
          int[] counts = {1, 2, 3, 5, 60, 200};
          text.repeat(character(), counts[random.nextInt(counts.length)]);
        }
        default -> {
          for (int i = random.nextInt(8); i >= 0; i--) {
            text.appendCodePoint(character());
          }
        }
      }
    }
    return text.toString();
  }

  /** A number below {@code bound}. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  private String pick(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }

  private int character() {
    int cp =
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> random.nextInt(0x20, 0x7F);
          case 3 -> random.nextInt(0x250);
          case 4 -> {
            int[][] blocks = {
              {0x300, 0x370}, {0x1100, 0x1200}, {0xAC00, 0xD7A4}, {0x900, 0xE00}, {0xF900, 0xFB50}
            };
            int[] block = blocks[random.nextInt(blocks.length)];
            yield random.nextInt(block[0], block[1]);
          }
          case 5 -> random.nextInt(0x10000);
          case 6 -> random.nextInt(0x10000, 0x20000);
          default -> random.nextInt(0x10000, 0x110000);
        };
    return Character.isSurrogate((char) cp) && cp < 0x10000 ? 'x' : cp;
  }
}
