package dev.sifter.train.data.record;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The bytes of a file, unpacked where it is compressed with gzip or Zstandard. Its first bytes tell
 * which, its name is not asked.
 */
final class DataInput {
  private static final int BUFFER = 1 << 16;
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
  private static final byte[] PARQUET = {'P', 'A', 'R', '1'};
  private static final byte[] UTF8_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  /** Formats that are named instead of being taken for text that is no JSON. */
  private enum Refused {
    BZIP2("bzip2", "bunzip2 it", 'B', 'Z', 'h'),
    XZ("xz", "unxz it", 0xfd, '7', 'z', 'X', 'Z'),
    ZIP("zip", "unzip it", 'P', 'K', 3, 4),
    ARROW("Arrow", "save it with to_parquet or to_json", 'A', 'R', 'R', 'O', 'W', '1');

    private final String name;
    private final String remedy;
    private final byte[] magic;

    Refused(String name, String remedy, int... magic) {
      this.name = name;
      this.remedy = remedy;
      this.magic = new byte[magic.length];
      for (int i = 0; i < magic.length; i++) {
        this.magic[i] = (byte) magic[i];
      }
    }
  }

  private final FileChannel channel;
  private final InputStream stream;

  private DataInput(FileChannel channel, InputStream stream) {
    this.channel = channel;
    this.stream = stream;
  }

  /** Whether a file is Parquet. */
  static boolean isParquet(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(PARQUET.length), PARQUET);
    }
  }

  /**
   * Opens a file.
   *
   * @throws DataException if the file is packed in a way that is not read here
   */
  static DataInput open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      return new DataInput(channel, unpacked(Channels.newInputStream(channel), file.toString()));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * The unpacked bytes of a stream, after a byte-order mark; can be marked.
   *
   * @throws DataException if it is packed in a way that is not read here
   */
  static InputStream unpacked(InputStream source, String name) throws IOException {
    InputStream raw = new BufferedInputStream(source, BUFFER);
    for (Refused format : Refused.values()) {
      if (startsWith(raw, format.magic)) {
        throw new DataException(
            "%s is a %s file; JSON, CSV, Parquet and text are read, plain or packed with gzip or"
                    .formatted(name, format.name)
                + " Zstandard: %s first".formatted(format.remedy));
      }
    }
    InputStream in = raw;
    if (startsWith(raw, GZIP)) {
      in = new BufferedInputStream(new GZIPInputStream(raw, BUFFER), BUFFER);
    } else if (startsWith(raw, ZSTD)) {
      in = new BufferedInputStream(new ZstdInputStream(raw), BUFFER);
    }
    if (startsWith(in, UTF8_MARK)) {
      in.skipNBytes(UTF8_MARK.length);
    }
    return in;
  }

  /** The unpacked bytes, after a byte-order mark; can be marked. */
  InputStream stream() {
    return stream;
  }

  /** Bytes of the file that have been read, packed as they are. */
  long bytesRead() throws IOException {
    return channel.isOpen() ? channel.position() : 0;
  }

  /** A reader of UTF-8 that fails on malformed bytes, of a file that may be packed. */
  static BufferedReader openText(Path file) throws IOException {
    return text(open(file).stream());
  }

  /** The text of a stream, as UTF-8 that fails on malformed bytes. */
  static BufferedReader text(InputStream in) {
    return new BufferedReader(
        new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()), BUFFER);
  }

  private static boolean startsWith(InputStream in, byte[] magic) throws IOException {
    in.mark(magic.length);
    byte[] first = in.readNBytes(magic.length);
    in.reset();
    return Arrays.equals(first, magic);
  }

  /** The byte beyond white space, which stays to be read; −1 if there is none nearby. */
  static int firstByte(InputStream in) throws IOException {
    in.mark(BUFFER);
    int c = in.read();
    for (int i = 1; i < BUFFER && c >= 0 && Character.isWhitespace(c); i++) {
      c = in.read();
    }
    in.reset();
    return c;
  }

  /** Whether a file could not be read because what it is packed with is damaged. */
  static boolean isDamage(IOException error) {
    return error instanceof ZipException
        || error instanceof EOFException
        || error instanceof ZstdIOException;
  }

  /** The ending of a file's name, that of its packing aside: {@code csv} for x.csv.gz. */
  static String extension(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    String unpacked = name.replaceFirst("\\.(gz|zst)$", "");
    return unpacked.substring(unpacked.lastIndexOf('.') + 1);
  }
}
