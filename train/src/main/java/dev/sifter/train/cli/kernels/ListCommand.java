package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.model.Json;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter kernels list}. */
@Command(
    name = "list",
    description = "All kernels: what each computes, and on how many trials it is proven.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Print the list as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    List<KernelEntry> entries = KernelCatalog.all();
    if (json) {
      out.println(Json.mapper().writeValueAsString(array(entries)));
      return 0;
    }
    TextTable table = new TextTable().left("kernel").right("trials").left("computes");
    entries.forEach(entry -> table.row(entry.name(), entry.trials().size(), entry.description()));
    out.print(table.text());
    out.println("%d kernels; sifter kernels show NAME says more".formatted(entries.size()));
    return 0;
  }

  private static ArrayNode array(List<KernelEntry> entries) {
    ArrayNode array = Json.mapper().createArrayNode();
    for (KernelEntry entry : entries) {
      array
          .addObject()
          .put("name", entry.name())
          .put("description", entry.description())
          .put("trials", entry.trials().size())
          .put("streams", entry.streams());
    }
    return array;
  }
}
