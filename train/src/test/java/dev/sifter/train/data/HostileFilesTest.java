package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DatasetReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files are refused with a message, and never by a programming error. */
class HostileFilesTest {
  private static final long SEED = 20261123;
  private static final String[] FILES = {
    "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},"
        + "{\"role\":\"assistant\",\"content\":[]}]}\n"
        + "{\"prompt\":\"é\",\"completion\":\"b\",\"tools\":\"[]\"}\n"
        + "{\"input_ids\":[1,2]}\n",
    "[{\"text\":\"x\"},\n {\"instruction\":\"i\",\"input\":null,\"output\":\"o\"},"
        + " {\"conversations\":[{\"from\":\"human\",\"value\":\"v\"}]}]\n",
  };

  @TempDir private Path folder;

  @Test
  void everyDamageIsExplained() throws IOException {
    Random random = new Random(SEED);
    RowParser parser = new RowParser("text", new ChatRoles(Map.of()));
    Path file = folder.resolve("damaged.json");
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = damage(FILES[round % 2].getBytes(StandardCharsets.UTF_8), random);
      Files.write(file, bytes);
      try (DatasetReader reader = DatasetReader.open(List.of(file.toString()))) {
        reader.forEachRemaining(record -> parser.parse(record.parse()));
      } catch (DataException explained) {
        refused++;
      } catch (RuntimeException bug) {
        throw new AssertionError(
            "seed %d, round %d: %s"
                .formatted(SEED, round, new String(bytes, StandardCharsets.ISO_8859_1)),
            bug);
      }
    }
    // Most damage hits structure; some only changes a letter of a text.
    assertThat(refused).isBetween(1000, 1990);
  }

  private static byte[] damage(byte[] bytes, Random random) {
    byte[] damaged = bytes.clone();
    for (int i = 0; i <= random.nextInt(3); i++) {
      int at = random.nextInt(damaged.length);
      switch (random.nextInt(3)) {
        case 0 -> damaged[at] = (byte) random.nextInt();
        case 1 -> damaged[at] = (byte) "[]{}\",:0n\\".charAt(random.nextInt(10));
        default -> damaged = Arrays.copyOf(damaged, Math.max(1, at));
      }
    }
    return damaged;
  }
}
