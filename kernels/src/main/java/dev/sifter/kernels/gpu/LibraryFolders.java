package dev.sifter.kernels.gpu;

import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The folders where NVIDIA's libraries are looked for, in the order of the search. */
final class LibraryFolders {
  private static final List<String> LINUX =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib/aarch64-linux-gnu",
          "/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib",
          "/usr/local/nvidia/lib64",
          "/usr/lib/wsl/lib",
          "/opt/cuda/lib64");

  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
  private static final Comparator<Path> NEWEST_FIRST =
      Comparator.<Path, int[]>comparing(LibraryFolders::version, Arrays::compare).reversed();

  private LibraryFolders() {}

  /**
   * What the user named comes first, then where CUDA's and the system's installers put things.
   *
   * @param osName the system property {@code os.name}
   * @param environment the environment's variables
   * @param libraryPath the system property {@code java.library.path}
   */
  static List<Path> of(String osName, Map<String, String> environment, String libraryPath) {
    boolean windows = osName.startsWith("Windows");
    Set<Path> folders = new LinkedHashSet<>();
    addAll(folders, libraryPath);
    addAll(folders, environment.getOrDefault(windows ? "PATH" : "LD_LIBRARY_PATH", ""));
    for (String variable : List.of("CUDA_PATH", "CUDA_HOME")) {
      String home = environment.get(variable);
      if (home != null) {
        add(folders, home + (windows ? "/bin" : "/lib64"));
      }
    }
    if (windows) {
      add(folders, environment.getOrDefault("SystemRoot", "C:/Windows") + "/System32");
      String programs = environment.getOrDefault("ProgramFiles", "C:/Program Files");
      addVersions(folders, programs + "/NVIDIA GPU Computing Toolkit/CUDA", "v", "bin");
    } else {
      LINUX.forEach(folder -> add(folders, folder));
      addVersions(folders, "/usr/local", "cuda", "lib64");
    }
    return List.copyOf(folders);
  }

  /** Adds {@code parent/PREFIX*}{@code /child}, the newest version first. */
  private static void addVersions(Set<Path> folders, String parent, String prefix, String child) {
    CudaProbe.list(Path.of(parent)).stream()
        .filter(home -> home.getFileName().toString().startsWith(prefix))
        .sorted(NEWEST_FIRST)
        .forEach(home -> folders.add(home.resolve(child)));
  }

  /** 13 and 10 of {@code cuda-13.10}; nothing of {@code cuda}, which is a link to some version. */
  private static int[] version(Path home) {
    return NUMBER
        .matcher(home.getFileName().toString())
        .results()
        .mapToInt(number -> Integer.parseInt(number.group()))
        .toArray();
  }

  private static void addAll(Set<Path> folders, String searchPath) {
    for (String folder : searchPath.split(File.pathSeparator)) {
      add(folders, folder);
    }
  }

  private static void add(Set<Path> folders, String folder) {
    try {
      if (!folder.isBlank()) {
        folders.add(Path.of(folder));
      }
    } catch (InvalidPathException notOne) {
      // A search path may hold anything; what is no folder's name holds no library.
      return;
    }
  }
}
