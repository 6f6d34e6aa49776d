package dev.sifter.kernels.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
  void passesOverWhatIsNoFolder() {
    assertThat(LibraryFolders.of("Linux", Map.of("LD_LIBRARY_PATH", "bad\0name"), ""))
        .noneMatch(folder -> folder.toString().startsWith("bad"));
  }
}
