package dev.sifter.kernels.inspect;

import dev.sifter.kernels.gpu.emulator.SourceLocation;
import dev.sifter.kernels.library.Kernel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The Java sources of the kernels, which lie beside their classes. */
public final class KernelSource {
  private static final Map<String, List<String>> FILES = new ConcurrentHashMap<>();
  private static final Pattern TAG = Pattern.compile("\\{@(?:code|link|linkplain)\\s+([^}]*)}");

  private KernelSource() {}

  /** The file of a kernel's class, below the source root. */
  public static String file(Kernel kernel) {
    return kernel.getClass().getName().replace('.', '/') + ".java";
  }

  /** What stands in a line, without its indentation; empty if the source is not at hand. */
  public static String line(SourceLocation where) {
    List<String> lines = lines(where.file());
    return where.line() < 1 || where.line() > lines.size()
        ? ""
        : lines.get(where.line() - 1).strip();
  }

  /** The description of a kernel's class as plain text, without tags; empty if it is not there. */
  public static String description(Kernel kernel) {
    List<String> lines = lines(file(kernel));
    String name = kernel.getClass().getSimpleName();
    int end = 0;
    while (end < lines.size()
        && !lines.get(end).matches("public (record|final class) " + name + "\\b.*")) {
      end++;
    }
    int start = end;
    while (start > 0 && !lines.get(start - 1).startsWith("/**")) {
      start--;
    }
    if (end == lines.size() || start == 0) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (String line : lines.subList(start, end)) {
      if (line.startsWith(" * @") || line.startsWith(" */")) {
        break;
      }
      text.append(line.substring(Math.min(3, line.length()))).append('\n');
    }
    return plain(text.toString()).strip();
  }

  private static String plain(String javadoc) {
    Matcher tag = TAG.matcher(javadoc.replaceAll("</?pre>\n?", "").replace("<p>", ""));
    return tag.replaceAll(found -> Matcher.quoteReplacement(found.group(1).replaceFirst("^#", "")))
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
  }

  private static List<String> lines(String file) {
    return FILES.computeIfAbsent(file, KernelSource::read);
  }

  private static List<String> read(String file) {
    try (InputStream source = KernelSource.class.getResourceAsStream("/META-INF/sources/" + file)) {
      return source == null
          ? List.of()
          : new String(source.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the source " + file, e);
    }
  }
}
