package dev.sifter.kernels.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryFoldersTest {
  @Test
  void searchesWhatTheUserNamedFirst() {
    Map<String, String> environment =
        Map.of("LD_LIBRARY_PATH", "second" + File.pathSeparator + "third", "CUDA_HOME", "cuda");

    assertThat(LibraryFolders.of("Linux", environment, "first"))
        .startsWith(Path.of("first"), Path.of("second"), Path.of("third"), Path.of("cuda/lib64"))
        .contains(Path.of("/usr/lib/x86_64-linux-gnu"), Path.of("/usr/lib/wsl/lib"));
  }

  @Test
  void searchesThePathOnWindows() {
    Map<String, String> environment =
        Map.of("PATH", "tools", "CUDA_PATH", "cuda", "SystemRoot", "C:/Windows");

    assertThat(LibraryFolders.of("Windows 11", environment, ""))
        .startsWith(Path.of("tools"), Path.of("cuda/bin"), Path.of("C:/Windows/System32"));
  }

  @Test
  void searchesTheNewestVersionFirst(@TempDir Path programs) throws IOException {
    Path versions = programs.resolve("NVIDIA GPU Computing Toolkit/CUDA");
    for (String version : List.of("v9.2", "v13.2", "v13.10", "v12.6", "readme")) {
      Files.createDirectories(versions.resolve(version));
    }
    Map<String, String> environment = Map.of("ProgramFiles", programs.toString());

    assertThat(LibraryFolders.of("Windows 11", environment, ""))
        .filteredOn(folder -> folder.startsWith(versions))
        .extracting(folder -> versions.relativize(folder).getName(0).toString())
        .containsExactly("v13.10", "v13.2", "v12.6", "v9.2");
  }

  @Test
  void passesOverWhatIsNoFolder() {
    assertThat(LibraryFolders.of("Linux", Map.of("LD_LIBRARY_PATH", "bad\0name"), ""))
        .noneMatch(folder -> folder.toString().startsWith("bad"));
  }
}
