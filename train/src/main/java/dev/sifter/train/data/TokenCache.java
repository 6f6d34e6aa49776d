package dev.sifter.train.data;

import dev.sifter.model.FileErrors;
import dev.sifter.model.Hashes;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataSource;
import dev.sifter.train.data.record.DatasetMixture;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Keeps prepared rows in a folder, each data set under a key made of all that decides what the rows
 * are: the contents of its files, the tokenizer, the template and the settings. What was prepared
 * with anything else has another key.
 */
final class TokenCache {
  /** Goes up with every change to preparation that changes rows, or what is kept beside them. */
  private static final int VERSION = 4;

  private final Path folder;
  private final Path file;

  private TokenCache(Path folder, String key) throws IOException {
    this.folder = folder;
    this.file = folder.resolve(key + ".tokens");
    Files.createDirectories(folder);
    deleteAbandoned();
  }

  /** The place of a data set. */
  static TokenCache of(DataConfig config, Tokenizer tokenizer, ChatTemplate template)
      throws IOException {
    return new TokenCache(folder(config), key(config, tokenizer, template));
  }

  /** Where the rows of a configuration are kept. */
  static Path folder(DataConfig config) {
    return config.preparedPath() == null ? userFolder() : config.preparedPath();
  }

  /**
   * {@code $XDG_CACHE_HOME/sifter/datasets}, or {@code ~/.cache/sifter/datasets}. The home folder
   * is {@code $HOME}, as shells have it; Java would take that of the user's account.
   */
  private static Path userFolder() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path root =
        cache == null || cache.isEmpty()
            ? Path.of(
                System.getenv().getOrDefault("HOME", System.getProperty("user.home")), ".cache")
            : Path.of(cache);
    return root.resolve("sifter").resolve("datasets");
  }

  /** Bytes of all files of a mixture. */
  static long bytes(DatasetMixture data) {
    long bytes = 0;
    for (DataSource source : data.sources()) {
      for (Path path : source.paths()) {
        bytes += size(path);
      }
    }
    return bytes;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
  }

  private static String key(DataConfig config, Tokenizer tokenizer, ChatTemplate template)
      throws IOException {
    MessageDigest digest = Hashes.sha256();
    String source = template == null ? "" : template.source() + template.toolUseSource().orElse("");
    add(digest, "version " + VERSION);
    add(digest, tokenizer.fingerprint());
    add(digest, source);
    // Such a template writes the date of the day.
    add(digest, source.contains("strftime_now") ? LocalDate.now().toString() : "");
    add(digest, settings(config));
    for (DataSource data : config.data().sources()) {
      add(digest, "source %s %s %s".formatted(data.columns(), data.format(), data.fraction()));
      add(digest, "documents %s".formatted(data.documentSeparator()));
      for (Path path : data.paths()) {
        add(digest, path.toString());
        digest.update(contentHash(path));
      }
    }
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  private static String settings(DataConfig config) {
    return Objects.toString(
        List.of(
            config.datasetTextField(),
            new TreeMap<>(config.chatRoles()),
            String.valueOf(config.completionOnlyLoss()),
            config.assistantOnlyLoss(),
            String.valueOf(config.maxLength()),
            config.truncationMode(),
            config.packing() != null,
            config.history(),
            config.turnEnds(),
            config.checks().stopToken(),
            String.valueOf(config.data().maxSamples()),
            String.valueOf(config.data().testSplitSize()),
            config.data().part(),
            config.data().seed()));
  }

  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
    digest.update(bytes);
  }

  private static byte[] contentHash(Path file) throws IOException {
    MessageDigest digest = Hashes.sha256();
    byte[] buffer = new byte[1 << 20];
    try (InputStream in = Files.newInputStream(file)) {
      int count;
      while ((count = in.read(buffer)) >= 0) {
        digest.update(buffer, 0, count);
      }
    }
    return digest.digest();
  }

  /** The data set as it was prepared before; empty if it was not, or not to the end. */
  Optional<TokenFile> find(Arena lifetime) throws IOException {
    return TokenFile.open(file, lifetime);
  }

  /** A sink whose rows will be found from then on. */
  RowSink writer(Arena lifetime) throws IOException {
    return new TokenFileWriter(file, lifetime);
  }

  /** What a process that is no more was writing: nobody holds its lock. */
  private void deleteAbandoned() throws IOException {
    try (DirectoryStream<Path> partials =
        Files.newDirectoryStream(folder, "*" + TokenFileWriter.PARTIAL)) {
      for (Path partial : partials) {
        try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock()) {
          if (lock != null) {
            TokenFileWriter.deleteIfFree(partial);
          }
        } catch (OverlappingFileLockException inThisProcess) {
          continue;
        } catch (IOException e) {
          // Another process has just finished it, or another user began it.
          System.getLogger(TokenCache.class.getName())
              .log(System.Logger.Level.DEBUG, partial + " stays", e);
        }
      }
    }
  }
}
