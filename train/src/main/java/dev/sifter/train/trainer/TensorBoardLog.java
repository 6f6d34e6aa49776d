package dev.sifter.train.trainer;

import dev.sifter.model.FileErrors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Writes a run's figures as a TensorBoard event file: a TFRecord file of {@code Event} messages
 * (tensorflow/core/util/event.proto), under the names that transformers gives them.
 */
public final class TensorBoardLog implements TrainingListener {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int CRC_MASK = 0xa282ead8;

  private final Path folder;
  private OutputStream out;

  /** A log in a folder, which is made when the run begins. */
  public TensorBoardLog(Path folder) {
    this.folder = folder;
  }

  @Override
  public void started(long firstStep, long maxSteps) {
    String name =
        "events.out.tfevents."
            + System.currentTimeMillis() / 1000
            + ".sifter."
            + ProcessHandle.current().pid()
            + ".0";
    try {
      Files.createDirectories(folder);
      out = Files.newOutputStream(folder.resolve(name));
      write(event(0, 3, "brain.Event:2".getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw FileErrors.because("cannot write TensorBoard's events in " + folder, e);
    }
  }

  @Override
  public void logged(StepMetrics metrics) {
    add(metrics.step(), metrics.all());
  }

  @Override
  public void evaluated(long step, EvalMetrics metrics) {
    add(step, metrics.all());
  }

  @Override
  public void finished(TrainingSummary summary) {
    try {
      out.close();
    } catch (IOException e) {
      throw FileErrors.because("cannot write TensorBoard's events in " + folder, e);
    }
  }

  private void add(long step, Map<String, Double> figures) {
    Message summary = new Message();
    figures.forEach(
        (name, value) ->
            summary.bytes(
                1,
                new Message()
                    .bytes(1, tag(name).getBytes(StandardCharsets.UTF_8))
                    .float32(2, value.floatValue())
                    .toByteArray()));
    try {
      write(event(step, 5, summary.toByteArray()));
    } catch (IOException e) {
      throw FileErrors.because("cannot write TensorBoard's events in " + folder, e);
    }
  }

  private static String tag(String name) {
    return name.startsWith("eval_") ? "eval/" + name.substring(5) : "train/" + name;
  }

  private static byte[] event(long step, int field, byte[] content) {
    return new Message()
        .float64(1, System.currentTimeMillis() * 1e-3)
        .varint(2, step)
        .bytes(field, content)
        .toByteArray();
  }

  /** Length and content of a record, each with its checksum. */
  private void write(byte[] content) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(content.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(content.length);
    record.putInt(checksum(record.array(), 0, 8));
    record.put(content);
    record.putInt(checksum(content, 0, content.length));
    out.write(record.array());
  }

  private static int checksum(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + CRC_MASK;
  }

  /** A protocol buffer being written. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message varint(int field, long value) {
      key(field, VARINT);
      unsigned(value);
      return this;
    }

    Message float64(int field, double value) {
      key(field, FIXED64);
      return little(Double.doubleToRawLongBits(value), 8);
    }

    Message float32(int field, float value) {
      key(field, FIXED32);
      return little(Float.floatToRawIntBits(value), 4);
    }

    Message bytes(int field, byte[] value) {
      key(field, BYTES);
      unsigned(value.length);
      bytes.writeBytes(value);
      return this;
    }

    byte[] toByteArray() {
      return bytes.toByteArray();
    }

    private void key(int field, int wireType) {
      unsigned((long) field << 3 | wireType);
    }

    private void unsigned(long value) {
      long rest = value;
      for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
        bytes.write((int) (rest & 0x7f | 0x80));
      }
      bytes.write((int) rest);
    }

    private Message little(long bits, int count) {
      for (int i = 0; i < count; i++) {
        bytes.write((int) (bits >>> 8 * i));
      }
      return this;
    }
  }
}
