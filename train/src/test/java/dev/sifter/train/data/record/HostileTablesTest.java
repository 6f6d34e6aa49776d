package dev.sifter.train.data.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damaged tables and packed files are refused with a message: never by a programming error, never
 * without end. What damage does not reach may be read.
 */
class HostileTablesTest {
  private static final long SEED = 20261126;
  private static final String CSV =
      "prompt,completion,tools\n\"a, \"\"b\"\"\nc\",d,\ne,f,\"[{\"\"name\"\":\"\"g\"\"}]\"\n";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "csv, x.csv, 3000",
    "gzip, x.csv.gz, 1500",
    "zstd, x.csv.zst, 1500",
    "chats-snappy.parquet, x.parquet, 600",
    "chats-zstd.parquet, x.parquet, 600",
    "chats-gzip.parquet, x.parquet, 600",
    "chats-none.parquet, x.parquet, 600",
  })
  @Timeout(120)
  void everyDamageIsExplained(String kind, String name, int rounds) throws IOException {
    byte[] whole = bytes(kind);
    Path file = folder.resolve(name);
    Random random = new Random(SEED);
    int refused = 0;
    for (int round = 0; round < rounds; round++) {
      byte[] damaged = damage(whole, random);
      Files.write(file, damaged);
      try (DatasetReader reader = DatasetReader.open(List.of(file.toString()))) {
        reader.forEachRemaining(RawRecord::parse);
      } catch (DataException explained) {
        assertThat(explained).hasMessageContaining(name);
        refused++;
      } catch (RuntimeException | Error bug) {
        Path replay = Path.of("target", "hostile-" + round + "-" + name);
        Files.write(replay, damaged);
        throw new AssertionError("seed %d, round %d: %s".formatted(SEED, round, replay), bug);
      }
    }
    assertThat(refused).isBetween(rounds / 10, rounds);
  }

  /** A byte of 0x19 begins a list of one element, which is a list; 0x1c a structure of one. */
  @ParameterizedTest
  @ValueSource(bytes = {0x19, 0x1c})
  void aPageHeaderNestedWithoutEndIsNone(byte nested) {
    byte[] header = new byte[1 << 20];
    Arrays.fill(header, nested);
    assertThatThrownBy(() -> new ParquetPages.PageHeader(ByteBuffer.wrap(header)))
        .isInstanceOf(BufferUnderflowException.class);
  }

  private byte[] bytes(String kind) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    switch (kind) {
      case "csv" -> bytes.writeBytes(CSV.getBytes(StandardCharsets.UTF_8));
      case "gzip" -> pack(new GZIPOutputStream(bytes));
      case "zstd" -> pack(new ZstdOutputStream(bytes));
      default -> {
        try (InputStream in = getClass().getResourceAsStream(kind)) {
          Objects.requireNonNull(in).transferTo(bytes);
        }
      }
    }
    return bytes.toByteArray();
  }

  private static void pack(OutputStream packer) throws IOException {
    try (packer) {
      packer.write(CSV.repeat(50).getBytes(StandardCharsets.UTF_8));
    }
  }

  private static byte[] damage(byte[] bytes, Random random) {
    byte[] damaged = bytes.clone();
    for (int i = 0; i <= random.nextInt(3); i++) {
      int at = random.nextInt(damaged.length);
      switch (random.nextInt(4)) {
        case 0 -> damaged[at] = (byte) random.nextInt();
        case 1 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> damaged[at] = (byte) "\",\n\r\\[0".charAt(random.nextInt(7));
        default -> damaged = Arrays.copyOf(damaged, Math.max(1, at));
      }
    }
    return damaged;
  }
}
