package dev.sifter.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a reader is guided by: a page for each package, and links that lead somewhere. */
class PagesTest {
  private static final Path ROOT = Path.of(System.getProperty("sifter.root"));
  private static final List<String> MODULES = List.of("kernels", "engine", "model", "train");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]*)(?:#([^)\\s]+))?\\)");

  @Test
  void everyPackageSaysWhatItIsFor() throws IOException {
    List<Path> silent = new ArrayList<>();
    for (String module : MODULES) {
      try (Stream<Path> folders = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
        for (Path folder : folders.filter(Files::isDirectory).toList()) {
          Path page = folder.resolve("package-info.java");
          if (hasClasses(folder)
              && !(Files.exists(page) && Files.readString(page).contains("/**"))) {
            silent.add(ROOT.relativize(folder));
          }
        }
      }
    }
    assertThat(silent).isEmpty();
  }

  private static boolean hasClasses(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.toString().endsWith(".java"));
    }
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<String> dead = new ArrayList<>();
    for (Path page : pages()) {
      Matcher links = LINK.matcher(Files.readString(page));
      while (links.find()) {
        if (!links.group(1).contains("://") && !leads(page, links.group(1), links.group(2))) {
          dead.add(page.getFileName() + ": " + links.group());
        }
      }
    }
    assertThat(dead).isEmpty();
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      return Stream.concat(Stream.of(ROOT.resolve("README.md")), docs.sorted()).toList();
    }
  }

  private static boolean leads(Path page, String file, String heading) throws IOException {
    Path target = file.isEmpty() ? page : page.resolveSibling(file);
    return Files.exists(target)
        && (heading == null
            || Files.readAllLines(target).stream().anyMatch(line -> heading.equals(anchor(line))));
  }

  /** What GitHub calls a heading in links; null for any other line. */
  private static String anchor(String line) {
    return line.startsWith("#")
        ? line.replaceFirst("^#+ ", "")
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^\\p{L}\\p{N} _-]", "")
            .replace(' ', '-')
        : null;
  }
}
