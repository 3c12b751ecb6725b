package dev.cria.model.loading;

import dev.cria.quant.SafetensorsFile;
import dev.cria.quant.TorchFile;
import dev.cria.quant.WeightTensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * An open file of weights, as safetensors or in PyTorch's format.
 *
 * @param path the file, or the index of its shards
 * @param format name of the format
 * @param tensors the tensors by name
 * @param unsupportedType the data type of a tensor that is there but of no type for weights, by its name
 * @param end unmaps the file
 */
record WeightFile(Path path, String format, Map<String, WeightTensor> tensors,
        Function<String, Optional<String>> unsupportedType, Runnable end) {
    /** Opens a file whose format its name tells. */
    static WeightFile open(Path path) {
        if (path.getFileName().toString().contains(".safetensors")) {
            SafetensorsFile file = SafetensorsFile.open(path);
            return new WeightFile(path, "safetensors", file.tensors(), file::unsupportedType, file::close);
        }
        TorchFile file = TorchFile.open(path);
        return new WeightFile(path, "PyTorch", file.tensors(), file::unsupportedType, file::close);
    }

    /** What a message says of a tensor that is not in {@link #tensors}. */
    String missing(String name) {
        return "tensor " + name + unsupportedType.apply(name)
                .map(type -> " has the data type " + type + "; supported are F32, F16 and BF16")
                .orElse(" is missing");
    }
}
