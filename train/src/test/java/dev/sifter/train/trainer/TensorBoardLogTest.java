package dev.sifter.train.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardLogTest {
  @TempDir Path folder;

  @Test
  void writesRecordsThatTensorBoardReads() throws IOException {
    TensorBoardLog log = new TensorBoardLog(folder.resolve("runs"));
    log.started(0, 10);
    log.logged(new StepMetrics(300, 1.5, 2.25, 0.5, 1e-3, 1, 0.75, 1000, 10, 0.1, 4096));
    assertThat(records()).as("while the run goes on").hasSize(2);
    log.evaluated(300, new EvalMetrics(2, 2, 1, 0.5, 7, Map.of("eval_task_acc", 0.25)));
    log.finished(new TrainingSummary(300, 1.5, 2.25, 0, 1000, 1, 4096, null));

    List<byte[]> records = records();
    assertThat(records).hasSize(3);
    assertThat(new String(records.get(0), StandardCharsets.UTF_8)).endsWith("brain.Event:2");
    for (byte[] record : records) {
      ByteBuffer event = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(event.get()).as("field 1, a double").isEqualTo((byte) 9);
      assertThat(event.getDouble()).isCloseTo(Instant.now().getEpochSecond(), within(3600.0));
    }
    assertThat(hex(records.get(1)))
        // step, field 2: the varint of 300
        .contains("10" + "ac02")
        // a value: tag, field 1, "train/loss"; simple_value, field 2, 2.25f
        .contains("0a0a" + ascii("train/loss") + "15" + "00001040");
    assertThat(hex(records.get(2)))
        .contains("0a09" + ascii("eval/loss") + "15" + "00000040")
        .contains("0a0d" + ascii("eval/task_acc") + "15" + "0000803e");
  }

  /** The records of the only file, whose two checksums are those of TFRecord. */
  private List<byte[]> records() throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(folder.resolve("runs"))) {
      file = files.toList().getFirst();
    }
    assertThat(file.getFileName().toString()).startsWith("events.out.tfevents.");
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] length = new byte[8];
      bytes.get(length);
      assertThat(bytes.getInt()).isEqualTo(maskedCrc(length));
      byte[] content = new byte[(int) ByteBuffer.wrap(length).order(bytes.order()).getLong()];
      bytes.get(content);
      assertThat(bytes.getInt()).isEqualTo(maskedCrc(content));
      records.add(content);
    }
    return records;
  }

  /** Castagnoli's polynomial bit by bit (RFC 3720, appendix B.4), masked as TFRecord does. */
  private static int maskedCrc(byte[] bytes) {
    int crc = -1;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
      }
    }
    crc = ~crc;
    return (crc >>> 15 | crc << 17) + 0xa282ead8;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static String ascii(String text) {
    return hex(text.getBytes(StandardCharsets.US_ASCII));
  }
}
