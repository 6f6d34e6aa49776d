package dev.sifter.train.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Hashes;
import dev.sifter.train.eval.score.LogLikelihood;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Answers of models in a file, so that an evaluation that was stopped goes on where it was, and one
 * that is asked for again costs nothing. A line is an answer, written as soon as it is known; a
 * process that is killed leaves at most one line torn, which the next one cuts off.
 */
public final class AnswerCache implements AutoCloseable {
  private static final ObjectMapper LINES = new ObjectMapper();

  /** How numbers that JSON has none for are written, as texts. */
  private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

  private final Path file;
  private final FileChannel channel;
  private final Map<String, Object> answers = new HashMap<>();

  private AnswerCache(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens a file, or begins one.
   *
   * @throws IllegalArgumentException if it holds something else, or another process uses it
   * @throws UncheckedIOException if it cannot be read or written
   */
  public static AnswerCache open(Path file) {
    try {
      if (file.toAbsolutePath().getParent() != null) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      AnswerCache cache = new AnswerCache(file, channel);
      try {
        cache.lock();
        cache.readAll();
        return cache;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot use " + file + " as a cache", e);
    }
  }

  /** The lock goes with the channel, also when the process is killed. */
  private void lock() throws IOException {
    boolean locked;
    try {
      locked = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      locked = false;
    }
    if (!locked) {
      throw new IllegalArgumentException(
          "--use_cache %s: another evaluation is using this file; wait, or name another"
              .formatted(file));
    }
  }

  /** What comes after the last line end was torn, perhaps within a character. */
  private void readAll() throws IOException {
    // Through the channel that holds the lock: elsewhere a lock keeps out other handles of the
    // file.
    byte[] bytes = Channels.newInputStream(channel).readAllBytes();
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    int line = 0;
    for (String entry : new String(bytes, 0, end, StandardCharsets.UTF_8).split("\n")) {
      line++;
      if (!entry.isEmpty()) {
        read(entry, line);
      }
    }
    channel.truncate(end);
    channel.position(end);
  }

  private void read(String entry, int line) {
    try {
      JsonNode json = LINES.readTree(entry);
      if (json.path("text").isTextual()) {
        answers.put(json.path("key").asText(), json.path("text").asText());
        return;
      }
      JsonNode value = json.path("logLikelihood");
      if (value.isNumber() || NOT_FINITE.contains(value.asText())) {
        answers.put(
            json.path("key").asText(),
            new LogLikelihood(
                Double.parseDouble(value.asText()), json.path("isGreedy").asBoolean()));
        return;
      }
    } catch (JsonProcessingException notJson) {
      // Told below.
    }
    throw new IllegalArgumentException(
        "--use_cache %s: line %d is no answer of an evaluation; name another file"
            .formatted(file, line));
  }

  /** Answers that are known. */
  public int size() {
    return answers.size();
  }

  /**
   * The answers of one model.
   *
   * @param identity of its weights, tokenizer and device
   */
  ModelAnswers of(String identity) {
    return new ModelAnswers() {
      @Override
      public Object get(String kind, List<String> arguments) {
        return answers.get(key(identity, kind, arguments));
      }

      @Override
      public void put(String kind, List<String> arguments, Object answer) {
        AnswerCache.this.put(key(identity, kind, arguments), answer);
      }
    };
  }

  private static String key(String identity, String kind, List<String> arguments) {
    StringBuilder all = new StringBuilder(identity).append('\n').append(kind);
    // With its length before it, no text can be taken for a part of another.
    arguments.forEach(text -> all.append('\n').append(text.length()).append('\n').append(text));
    return Hashes.sha256(all.toString());
  }

  private void put(String key, Object answer) {
    if (answers.putIfAbsent(key, answer) != null) {
      return;
    }
    ObjectNode json = LINES.createObjectNode().put("key", key);
    if (answer instanceof LogLikelihood(double value, boolean isGreedy)) {
      json.put("logLikelihood", value).put("isGreedy", isGreedy);
    } else {
      json.put("text", (String) answer);
    }
    ByteBuffer line = ByteBuffer.wrap((json + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (line.hasRemaining()) {
        channel.write(line);
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot write to the cache " + file, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileErrors.because("cannot close the cache " + file, e);
    }
  }
}
