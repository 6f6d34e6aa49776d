package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.inspect.KernelFacts;
import dev.sifter.kernels.inspect.KernelSource;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.Kernel;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.ptx.PtxTarget;
import dev.sifter.model.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * All that there is to say about a kernel on one of its trials.
 *
 * @param kernel it
 * @param which trial, for people
 * @param shape the trial
 * @param target the least GPU that the PTX is for
 * @param compiler what assembles it
 */
record KernelPage(
    KernelEntry kernel, String which, TrialShape shape, PtxTarget target, NvidiaCompiler compiler) {

  /** Each kernel that is launched, in order, with a launch of it. */
  private Map<Kernel, Launch> launches() {
    Map<Kernel, Launch> launches = new LinkedHashMap<>();
    shape.launches().forEach(launch -> launches.putIfAbsent(launch.kernel(), launch));
    return launches;
  }

  /** The PTX of all kernels; each is a module of its own. */
  String ptx() {
    return shape.kernels().stream()
        .map(one -> one.assemble(target).text())
        .collect(Collectors.joining("\n"));
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(kernel.name()).append(": ").append(kernel.description()).append("\n\n");
    text.append("shown        ").append(which).append(": ").append(shape.label()).append('\n');
    text.append(
        "least work   %s bytes, %s FLOPs: %s FLOPs a byte%n"
            .formatted(
                Quantity.count(shape.leastBytes()),
                Quantity.count(shape.flops()),
                Quantity.decimal(shape.flops() / shape.leastBytes(), 2)));
    text.append("assembled    by ").append(compiler.text()).append('\n');
    launches().forEach((one, launch) -> text.append(text(one, launch.grid())));
    text.append("\ntrials\n");
    List<KernelTrial> trials = kernel.trials();
    for (int i = 0; i < trials.size(); i++) {
      text.append("%4d  %s%n".formatted(i + 1, trials.get(i).label()));
    }
    text.append("   –  ").append(kernel.benchmark().label()).append(" (--benchmark)\n");
    return text.toString();
  }

  private String text(Kernel one, Grid grid) {
    KernelFacts facts = KernelFacts.of(one, target);
    StringBuilder text = new StringBuilder("\n");
    text.append(facts.ptx().name()).append('\n');
    text.append(
        "  launched     grid %d×%d×%d, %d threads a block, %s bytes of shared memory%n"
            .formatted(
                grid.x(),
                grid.y(),
                grid.z(),
                facts.ptx().threadsPerBlock(),
                Quantity.count(facts.ptx().sharedBytes())));
    text.append("  parameters   ").append(parameters(facts)).append('\n');
    compiler
        .compiler()
        .ifPresent(
            nvidia ->
                PtxTarget.from(facts.ptx().target())
                    .forEach(gpu -> text.append(text(facts.resources(nvidia, gpu)))));
    text.append(
        "  PTX          %s instructions, written by%n"
            .formatted(Quantity.count(facts.instructions())));
    for (KernelFacts.Source source : facts.sources()) {
      text.append(
          "%17s%s:%d-%d (%d)%n"
              .formatted(
                  "", source.file(), source.firstLine(), source.lastLine(), source.instructions()));
    }
    String description = KernelSource.description(one);
    return description.isEmpty()
        ? text.toString()
        : text.append("\n").append(description.indent(2)).toString();
  }

  private static String parameters(KernelFacts facts) {
    return facts.ptx().parameters().stream()
        .map(parameter -> parameter.name() + " " + parameter.type().ptxName())
        .collect(Collectors.joining(", "));
  }

  private static String text(KernelFacts.Resources resources) {
    return "  %-12s %d registers, %s, %s bytes of shared memory: %d blocks a multiprocessor%n"
        .formatted(
            resources.gpu().ptxName(),
            resources.registers(),
            resources.spillStoreBytes() == 0
                ? "no spills"
                : "%d bytes spilled".formatted(resources.spillStoreBytes()),
            Quantity.count(resources.sharedBytes()),
            resources.residentBlocks());
  }

  ObjectNode json(boolean withPtx) {
    ObjectNode page = Json.mapper().createObjectNode();
    page.put("name", kernel.name())
        .put("description", kernel.description())
        .put("shown", which)
        .put("label", shape.label())
        .put("least_bytes", shape.leastBytes())
        .put("reread_bytes", shape.rereadBytes())
        .put("flops", shape.flops())
        .put("compiler", compiler.text());
    launches().forEach((one, launch) -> page.withArray("kernels").add(json(one, launch, withPtx)));
    kernel.trials().forEach(trial -> page.withArray("trials").add(trial.label()));
    return page.put("benchmark", kernel.benchmark().label());
  }

  private ObjectNode json(Kernel one, Launch launch, boolean withPtx) {
    KernelFacts facts = KernelFacts.of(one, target);
    Grid grid = launch.grid();
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("name", facts.ptx().name())
        .put("target", facts.ptx().target().ptxName())
        .put("threads_per_block", facts.ptx().threadsPerBlock())
        .put("shared_bytes", facts.ptx().sharedBytes())
        .put("instructions", facts.instructions());
    node.putArray("grid").add(grid.x()).add(grid.y()).add(grid.z());
    ObjectNode parameters = node.putObject("parameters");
    facts
        .ptx()
        .parameters()
        .forEach(parameter -> parameters.put(parameter.name(), parameter.type().ptxName()));
    for (KernelFacts.Source source : facts.sources()) {
      node.withArray("sources")
          .addObject()
          .put("file", source.file())
          .put("first_line", source.firstLine())
          .put("last_line", source.lastLine())
          .put("instructions", source.instructions());
    }
    compiler
        .compiler()
        .ifPresent(
            nvidia ->
                PtxTarget.from(facts.ptx().target())
                    .forEach(
                        gpu ->
                            node.withArray("resources").add(json(facts.resources(nvidia, gpu)))));
    if (withPtx) {
      node.put("ptx", facts.ptx().text());
    }
    return node;
  }

  private static ObjectNode json(KernelFacts.Resources resources) {
    return Json.mapper()
        .createObjectNode()
        .put("gpu", resources.gpu().ptxName())
        .put("registers", resources.registers())
        .put("spill_store_bytes", resources.spillStoreBytes())
        .put("spill_load_bytes", resources.spillLoadBytes())
        .put("shared_bytes", resources.sharedBytes())
        .put("resident_blocks", resources.residentBlocks());
  }
}
