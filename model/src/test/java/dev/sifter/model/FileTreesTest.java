package dev.sifter.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FileTreesTest {
  @TempDir private Path folder;

  @Test
  void aFolderGoesWithAllThatIsInIt() throws IOException {
    Path tree = folder.resolve("tree");
    Files.createDirectories(tree.resolve("a/b"));
    Files.writeString(tree.resolve("a/b/file"), "text");
    Files.writeString(tree.resolve("a.file"), "text");
    Files.writeString(folder.resolve("beside"), "text");
    FileTrees.delete(tree);
    FileTrees.delete(tree);
    assertThat(folder).isDirectoryNotContaining("glob:**tree").isNotEmptyDirectory();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a privilege there")
  void whatLinksLeadToStays() throws IOException {
    Path kept = Files.writeString(Files.createDirectory(folder.resolve("kept")).resolve("f"), "x");
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.createSymbolicLink(tree.resolve("link"), kept.getParent());
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
    FileTrees.delete(tree);
    FileTrees.delete(dangling);
    assertThat(tree).doesNotExist();
    assertThat(Files.isSymbolicLink(dangling)).isFalse();
    assertThat(kept).exists();
  }
}
