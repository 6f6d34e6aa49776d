package dev.sifter.train.data.record;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Names of the Hugging Face Hub, which the reference stack takes where Sifter reads local folders
 * only: what is said about one, so that the next step is known.
 */
public final class HubName {
  private static final Pattern NAME = Pattern.compile("[\\w-][\\w.-]*/[\\w-][\\w.-]*");

  private HubName() {}

  /**
   * The folder that an option names.
   *
   * @throws IllegalArgumentException if it is not there, or may not be read
   */
  public static Path requireFolder(String option, String name) {
    Path folder = Path.of(name);
    if (!Files.isDirectory(folder)) {
      String what =
          Files.exists(folder) ? "is a file, not a folder" : "does not exist" + searched(name);
      throw new IllegalArgumentException(
          "%s: %s %s%s".formatted(option, name, what, advice(name, "")));
    }
    if (!Files.isReadable(folder) || !Files.isExecutable(folder)) {
      throw new IllegalArgumentException("%s: %s: permission denied".formatted(option, name));
    }
    requireSnapshot(option, folder);
    return folder;
  }

  /**
   * Refuses the folder that the Hub's cache has for a name: the files are in a snapshot below it.
   *
   * @throws IllegalArgumentException if it is one; names the snapshot
   */
  private static void requireSnapshot(String option, Path folder) {
    Path snapshots = folder.resolve("snapshots");
    if (!Files.isDirectory(snapshots) || !Files.isDirectory(folder.resolve("refs"))) {
      return;
    }
    throw new IllegalArgumentException(
        "%s: %s is a folder of the Hugging Face Hub's cache; name the snapshot in it, %s"
            .formatted(option, folder, snapshots.resolve(revision(folder))));
  }

  /** The revision that main is, where the cache knows it. */
  private static String revision(Path folder) {
    try {
      return Files.readString(folder.resolve("refs/main")).strip();
    } catch (IOException e) {
      return "REVISION";
    }
  }

  /**
   * Where a data set of this name was looked for, and how to get it if it may be one of the Hub's.
   */
  static String dataAdvice(String name) {
    return searched(name) + advice(name, " --repo-type dataset");
  }

  /** Where a relative name begins: not at the configuration that it stands in. */
  private static String searched(String name) {
    return new File(name).isAbsolute() ? "" : " in " + Path.of("").toAbsolutePath();
  }

  private static String advice(String path, String kind) {
    String name = path.replace(File.separatorChar, '/');
    if (!NAME.matcher(name).matches()) {
      return "";
    }
    String last = name.substring(name.indexOf('/') + 1);
    return (". Nothing is downloaded: if this is a name on the Hugging Face Hub, get it with"
            + " 'hf download%s %s --local-dir %s' and name that folder")
        .formatted(kind, name, last);
  }
}
