package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damaged tokenizer files are refused with a message, or load and tokenise: never a programming
 * error, never without end, never without bound. The file of a failure is kept.
 */
@Timeout(120)
class HostileDefinitionsTest {
  private static final long SEED = 20261127;
  private static final int ROUNDS = 1_500;
  private static final String TEXT = "Hello, wörld <|im_end|>  12345\n\t🙂 ab abab  \u0301e";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"bpe", "llama", "unigram", "wordpiece", "proto", "tiktoken"})
  void everyDamageIsExplained(String kind) throws IOException {
    byte[] whole = file(kind);
    Path file =
        folder.resolve(
            kind.equals("proto") || kind.equals("tiktoken") ? "tokenizer.model" : "tokenizer.json");
    Random random = new Random(SEED);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] damaged = damage(whole, random);
      Files.write(file, damaged);
      try {
        Tokenizer tokenizer = Tokenizer.load(file);
        int[] ids = tokenizer.encode(TEXT, true).ids();
        tokenizer.decode(ids, false);
      } catch (TokenizerException explained) {
        refused++;
      } catch (RuntimeException | Error bug) {
        Path replay = Path.of("target", "hostile-" + kind + "-" + round + ".bin");
        Files.write(replay, damaged);
        throw new AssertionError("seed %d, round %d: %s".formatted(SEED, round, replay), bug);
      }
    }
    assertThat(refused).isBetween(ROUNDS / 20, ROUNDS - 1);
  }

  private byte[] file(String kind) throws IOException {
    ObjectMapper json = new ObjectMapper();
    return switch (kind) {
      case "llama" -> json.writeValueAsBytes(CharacterDefinitions.llama(true, "first"));
      case "unigram" -> json.writeValueAsBytes(CharacterDefinitions.unigram(true));
      case "wordpiece" -> json.writeValueAsBytes(CharacterDefinitions.wordPiece());
      case "proto" -> proto();
      case "tiktoken" -> tiktoken();
      default -> {
        new BpeTrainer(300, 1, List.of("<|im_end|>")).train(List.of("ab abab abc")).save(folder);
        yield Files.readAllBytes(folder.resolve("tokenizer.json"));
      }
    };
  }

  /** A SentencePiece model: pieces with scores and kinds. */
  private static byte[] proto() {
    ByteArrayOutputStream model = new ByteArrayOutputStream();
    String[] pieces = {"<unk>", "<s>", "</s>", "\u2581", "a", "b", "\u2581a", "ab", "H", "e"};
    for (int i = 0; i < pieces.length; i++) {
      byte[] text = pieces[i].getBytes(StandardCharsets.UTF_8);
      ByteArrayOutputStream piece = new ByteArrayOutputStream();
      piece.write(0x0A);
      piece.write(text.length);
      piece.writeBytes(text);
      piece.write(0x15);
      int score = Float.floatToIntBits(-i);
      for (int shift = 0; shift < 32; shift += 8) {
        piece.write(score >>> shift);
      }
      piece.write(0x18);
      piece.write(i == 0 ? 2 : i < 3 ? 3 : 1);
      model.write(0x0A);
      model.write(piece.size());
      model.writeBytes(piece.toByteArray());
    }
    return model.toByteArray();
  }

  private static byte[] tiktoken() {
    StringBuilder lines = new StringBuilder();
    for (int b = 0; b < 256; b++) {
      String base64 = Base64.getEncoder().encodeToString(new byte[] {(byte) b});
      lines.append(base64).append(' ').append(b).append('\n');
    }
    lines.append("YWI= 256\n");
    return lines.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] damage(byte[] bytes, Random random) {
    byte[] damaged = bytes.clone();
    for (int i = 0; i <= random.nextInt(3); i++) {
      int at = random.nextInt(damaged.length);
      switch (random.nextInt(8)) {
        case 0 -> damaged = Arrays.copyOf(damaged, Math.max(1, at));
        case 1, 2 -> damaged[at] = (byte) random.nextInt();
        case 3 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
        case 4, 5 -> damaged[at] = (byte) "[]{}\",:0-9e.\\n*+(?".charAt(random.nextInt(18));
        default -> {
          // A stretch takes the place of another.
          int from = random.nextInt(damaged.length);
          int length = Math.min(random.nextInt(24), damaged.length - Math.max(from, at));
          System.arraycopy(bytes, Math.min(from, bytes.length - length), damaged, at, length);
        }
      }
    }
    return damaged;
  }
}
