package dev.sifter.kernels.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What of NVIDIA's software this machine has, found by the names of files.
 *
 * <p>Nothing is loaded or linked, so the probe neither fails nor changes anything where a library
 * is missing, broken or of the wrong version. That a file is there does not prove that it works.
 *
 * @param driver the driver's library: {@code libcuda.so.1} or {@code nvcuda.dll}
 * @param cublas that of CUDA 12, or else that of the newest other version; of several of one
 *     version the first that is found
 * @param driverVersion the version of the kernel driver; known on Linux only
 * @param gpus the names of the GPUs, one each; known on Linux only
 */
public record CudaProbe(
    Optional<Path> driver,
    Optional<Path> cublas,
    Optional<String> driverVersion,
    List<String> gpus) {
  private static final Pattern DRIVER = Pattern.compile("libcuda\\.so\\.1|nvcuda\\.dll");
  private static final Pattern CUBLAS =
      Pattern.compile("libcublas\\.so\\.(\\d{1,3})|cublas64_(\\d{1,3})\\.dll");

  /** CUDA 12 above all; {@code max} keeps the first of equals. */
  private static final Comparator<Path> BY_VERSION =
      Comparator.<Path, Boolean>comparing(file -> cublasVersion(file) == 12)
          .thenComparing(CudaProbe::cublasVersion);

  private static final Pattern DRIVER_VERSION =
      Pattern.compile("Kernel Module.*?\\s(\\d+\\.[\\d.]+)");
  private static final Pattern MODEL = Pattern.compile("(?m)^Model:\\s*(.+?)\\s*$");

  /** Looks at this machine. */
  public static CudaProbe run() {
    return run(
        LibraryFolders.of(
            System.getProperty("os.name"),
            System.getenv(),
            System.getProperty("java.library.path", "")),
        Path.of("/proc/driver/nvidia"));
  }

  /** Looks through {@code folders} in their order, and at the driver's folder under /proc. */
  static CudaProbe run(List<Path> folders, Path proc) {
    Optional<Path> driver = find(folders, DRIVER).stream().findFirst();
    return new CudaProbe(
        driver,
        find(folders, CUBLAS).stream().max(BY_VERSION),
        firstMatch(read(proc.resolve("version")), DRIVER_VERSION),
        gpus(proc.resolve("gpus")));
  }

  /** The major version of the cuBLAS that was found, which is that of its CUDA. */
  public Optional<Integer> cublasVersion() {
    return cublas.map(CudaProbe::cublasVersion);
  }

  private static int cublasVersion(Path file) {
    Matcher name = CUBLAS.matcher(file.getFileName().toString());
    return name.matches()
        ? Integer.parseInt(name.group(1) == null ? name.group(2) : name.group(1))
        : 0;
  }

  private static List<Path> find(List<Path> folders, Pattern name) {
    List<Path> found = new ArrayList<>();
    for (Path folder : folders) {
      for (Path file : list(folder)) {
        if (name.matcher(file.getFileName().toString()).matches()) {
          found.add(file);
        }
      }
    }
    return found;
  }

  private static List<String> gpus(Path folder) {
    return list(folder).stream()
        .map(gpu -> firstMatch(read(gpu.resolve("information")), MODEL).orElse("unknown GPU"))
        .toList();
  }

  private static Optional<String> firstMatch(String text, Pattern pattern) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** What lies in {@code folder}, in the order of the names; nothing where it cannot be read. */
  static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException | SecurityException unreadable) {
      return List.of();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException | SecurityException unreadable) {
      return "";
    }
  }
}
