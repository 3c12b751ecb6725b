package dev.cria.model.loading;

import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.model.SmallModelFile;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.weights.LoraFactors;
import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A reader, and what a fuzzer needs to reach it: a folder in which all is well but for one file, whose content is
 * invented. What comes of it must be a model that works, or one of our exceptions that names a file of the folder.
 */
enum FuzzedReader {
    /** Header, metadata, vocabulary and weights of a whole model. */
    GGUF("model.gguf") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            return read(new SmallModelFile().piece("\u2581<PRE>").write(folder.resolve("model.gguf")));
        }
    },
    /** The second of two shards. */
    GGUF_SHARD("split-00002-of-00002.gguf") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            new SmallModelFile().metadata(writer -> split(writer, 0)).write(opened(folder));
            Path second = folder.resolve(fileName());
            try (GgufWriter writer = GgufWriter.create(second)) {
                split(writer, 1);
                float[] divisors = {1, 1, 2, 4};
                writer.tensor("rope_freqs.weight", QuantType.F32, divisors.length);
                writer.encode("rope_freqs.weight", divisors);
                writer.finish();
            }
            return read(second);
        }

        @Override
        Path opened(Path folder) {
            return folder.resolve("split-00001-of-00002.gguf");
        }
    },
    /** Hugging Face's weights. */
    SAFETENSORS("model.safetensors") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            Files.delete(folder.resolve("pytorch_model.bin"));
            return read(MODEL.safetensors(folder.resolve("model.safetensors")));
        }
    },
    /** The list of shards. */
    SHARD_INDEX("model.safetensors.index.json") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            Files.delete(folder.resolve("pytorch_model.bin"));
            MODEL.safetensors(folder.resolve("one.safetensors"));
            StringBuilder map = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":{");
            MODEL.huggingFaceTensors((name, shape, values) -> map.append('"').append(name)
                    .append("\":\"one.safetensors\","));
            return List.of(utf8(map.substring(0, map.length() - 1) + "}}"));
        }
    },
    /** PyTorch's archive. */
    TORCH_ZIP("pytorch_model.bin") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            return read(MODEL.huggingFace(folder).resolve("pytorch_model.bin"));
        }
    },
    /** The pickle in a sound archive, so that its checksum does not stand in the way. */
    TORCH_PICKLE("pytorch_model.bin") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            return List.of(MODEL.torch().pickle());
        }

        @Override
        void write(Path file, byte[] data) throws IOException {
            MODEL.torch().write(file, data);
        }
    },
    /** A checkpoint of llama2.c. */
    LLAMA2C("model.bin") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            RandomLlama.tokenizer(folder.resolve("tokenizer.model"));
            return List.of(llama2c(0), llama2c(1), llama2c(2));
        }
    },
    /** A SentencePiece model. */
    TOKENIZER_MODEL("tokenizer.model") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            return read(MODEL.huggingFace(folder).resolve("tokenizer.model"));
        }
    },
    /** Hugging Face's tokenizer. */
    TOKENIZER_JSON("tokenizer.json") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            Files.delete(folder.resolve("tokenizer.model"));
            String model = "\"model\":{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"byte_fallback\":true,\"vocab\":"
                    + "{\"<unk>\":0,\"<s>\":1,\"</s>\":2,\"<0x0A>\":3,\"a\":4,\"b\":5,\"ab\":6,\"\u2581\":7},"
                    + "\"merges\":";
            return List.of(
                    utf8("{\"added_tokens\":[{\"id\":1,\"content\":\"<s>\",\"special\":true}],\"normalizer\":"
                            + "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":\"\u2581\"},"
                            + "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"\u2581\"}]},"
                            + "\"post_processor\":{\"single\":[{\"SpecialToken\":{\"id\":\"<s>\"}},{\"Sequence\":{}}]},"
                            + model + "[\"a b\"]}}"),
                    utf8("{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"split\":false,"
                            + "\"prepend_scheme\":\"first\"}," + model + "[[\"a\",\"b\"]]}}"));
        }
    },
    /** The tokenizer of llama2.c. */
    TOKENIZER_BIN("tokenizer.bin") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            Files.write(folder.resolve("model.bin"), llama2c(0));
            ByteBuffer bytes = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN).putInt(9);
            for (int id = 0; id < RandomLlama.VOCABULARY; id++) {
                byte[] text = utf8(id < 3
                        ? "<s>"
                        : id < 259
                                ? String.format(Locale.ROOT, "<0x%02X>", id - 3)
                                : Character.toString('a' + id - 259));
                bytes.putFloat(-id).putInt(text.length).put(text);
            }
            return List.of(Arrays.copyOf(bytes.array(), bytes.position()));
        }

        @Override
        Path opened(Path folder) {
            return folder.resolve("model.bin");
        }
    },
    /** Hugging Face's sizes. */
    CONFIG_JSON("config.json") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            String config = MODEL.config().toString();
            String begin = config.substring(0, config.length() - 1);
            return List.of(utf8(config), utf8(begin + ",\"head_dim\":4,\"sliding_window\":8,\"rope_scaling\":"
                    + "{\"type\":\"yarn\",\"factor\":2.0,\"original_max_position_embeddings\":16,\"beta_fast\":32,"
                    + "\"beta_slow\":1,\"attention_factor\":1}}"),
                    utf8(begin + ",\"rope_theta\":1e6,\"rope_parameters\":"
                            + "{\"rope_type\":\"linear\",\"factor\":2.0},\"eos_token_id\":[2,3]}"));
        }
    },
    /** What Hugging Face says about a tokenizer. */
    TOKENIZER_CONFIG("tokenizer_config.json") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            return List.of(utf8("{\"add_bos_token\":true,\"add_eos_token\":false,\"bos_token\":{\"content\":\"<s>\"},"
                    + "\"eos_token\":\"</s>\",\"chat_template\":\"{{ '[INST] <<SYS>>' }}\",\"added_tokens_decoder\":"
                    + "{\"269\":{\"content\":\"<|im_end|>\",\"special\":true}}}"));
        }
    },
    /** Tokens that were added to the vocabulary. */
    ADDED_TOKENS("added_tokens.json") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            return List.of(utf8("{\"<|im_end|>\":269,\"<pad>\":270}"), utf8("{\"a b\":263,\"  \":264,\"hi\":265}"));
        }
    },
    /** A chat template, which is executed. */
    CHAT_TEMPLATE("chat_template.jinja") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            return List.of(utf8(
                    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m['content']|trim + '<|im_end|>\n' }}"
                            + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"),
                    utf8("{{- bos_token }}{%- set ns = namespace(n=0, s='') -%}{%- macro f(x, y=1) %}{{ x|tojson ~ y }}"
                            + "{%- endmacro %}{% for m in messages|selectattr('role', 'equalto', 'user') if m is defined %}"
                            + "{% set ns.n = ns.n + loop.index0 * 2 // 3 %}{{ f(m, y=[1, 2.5, none][::-1]) }}"
                            + "{% if loop.last and not tools %}{% break %}{% elif 'x' in m.content %}{% continue %}{% endif %}"
                            + "{% else %}{{ raise_exception('none') }}{% endfor %}{# end #}{% raw %}{{{% endraw %}"
                            + "{{ '%s %5.2f' % (ns.n, 1.5) }}{{ messages[0].content.split('\n')|map('upper')|join(', ') }}"));
        }
    },
    /** What Hugging Face says about generations. */
    GENERATION_CONFIG("generation_config.json") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            return List.of(utf8("{\"eos_token_id\":[2,3],\"bos_token_id\":1,\"temperature\":0.5}"));
        }
    },
    /** Meta's sizes. */
    PARAMS_JSON("params.json") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            return read(MODEL.meta(folder, 1).resolve("params.json"));
        }
    },
    /** An adapter of llama.cpp. */
    LORA_GGUF("adapter.gguf") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            RandomLlama.tokenizer(MODEL.huggingFace(folder).resolve("tokenizer.model"));
            Path file = folder.resolve("adapter.gguf");
            adapter().writeGguf(file, sizes());
            return read(file);
        }

        @Override
        void open(Path folder) {
            openAdapter(folder, folder.resolve("adapter.gguf"));
        }
    },
    /** The weights of an adapter of PEFT. */
    PEFT_WEIGHTS("peft/adapter_model.safetensors") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            adapter().writePeft(folder.resolve("peft"), sizes());
            return read(folder.resolve("peft/adapter_model.safetensors"));
        }

        @Override
        void open(Path folder) {
            openAdapter(folder, folder.resolve("peft"));
        }
    },
    /** The description of an adapter of PEFT. */
    PEFT_CONFIG("peft/adapter_config.json") {
        @Override
        List<byte[]> prepare(Path folder) throws IOException {
            MODEL.huggingFace(folder);
            adapter().writePeft(folder.resolve("peft"), sizes());
            return read(folder.resolve("peft/adapter_config.json"));
        }

        @Override
        void open(Path folder) {
            openAdapter(folder, folder.resolve("peft"));
        }
    };

    /** Small, so that a changed byte is seldom one of a weight. */
    private static final RandomLlama MODEL = RandomLlama.of(2, 1, 4, 8, 1, 3);
    private static final int LONGEST_MESSAGE = 1000;
    private static final List<Dialog> DIALOGS = List.of(
            Dialog.of(Message.system("a b"), Message.user("hi  <|im_end|>"), Message.assistant("\n"),
                    Message.user("?")),
            Dialog.of(Message.user("a"), Message.assistant("b")));

    private final String file;

    FuzzedReader(String file) {
        this.file = file;
    }

    /**
     * Fills a folder with what the reader finds beside its file, and answers contents of that file with which it
     * succeeds.
     */
    abstract List<byte[]> prepare(Path folder) throws IOException;

    String fileName() {
        return file;
    }

    void write(Path target, byte[] data) throws IOException {
        Files.write(target, data);
    }

    Path opened(Path folder) {
        return file.endsWith(".gguf") || file.equals("model.bin") ? folder.resolve(file) : folder;
    }

    void open(Path folder) {
        open(LlamaModel.builder(opened(folder)));
    }

    /** Reads content that somebody invented. */
    final void take(Path folder, byte[] data) throws IOException {
        write(folder.resolve(file), data);
        try {
            open(folder);
        } catch (CriaException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.contains(folder.toString())) {
                throw new AssertionError("the message names no file: " + message, e);
            }
            if (message.length() > LONGEST_MESSAGE || message.lines().count() != 1) {
                throw new AssertionError("the message is not one line of sensible length: " + message, e);
            }
        }
    }

    private static void open(LlamaModel.Builder builder) {
        try (LlamaModel model = builder.threads(1).load()) {
            try {
                model.generate("a b\n<s>").temperature(0).maxTokens(3).text();
            } catch (CriaException e) {
                // a context of one token, say: no fault of a file
            }
            for (Dialog dialog : DIALOGS) {
                try {
                    model.chatTemplate().render(dialog).encode(model.tokenizer());
                } catch (CriaException e) {
                    // templates may refuse dialogs
                }
            }
        }
    }

    private static void openAdapter(Path folder, Path path) {
        LoraAdapter adapter = LoraAdapter.load(path);
        try {
            open(LlamaModel.builder(folder).lora(adapter, 0.5));
        } catch (CriaException e) {
            if (!String.valueOf(e.getMessage()).contains("does not fit")) {
                throw e;
            }
        }
    }

    private static List<byte[]> read(Path... files) throws IOException {
        List<byte[]> contents = new ArrayList<>();
        for (Path path : files) {
            contents.add(Files.readAllBytes(path));
        }
        return contents;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void split(GgufWriter writer, int number) {
        writer.integer("split.no", GgufType.UINT16, number).integer("split.count", GgufType.UINT16, 2)
                .integer("split.tensors.count", GgufType.INT32, 22);
    }

    /** A checkpoint in a version of llama2.c's format; the weights are small numbers. */
    private static byte[] llama2c(int version) {
        int[] sizes = {4, 8, 1, 2, 1, RandomLlama.VOCABULARY, 16};
        int matrices = RandomLlama.VOCABULARY * 4 + 16 + 8 + 8 + 16 + 3 * 32;
        int norms = 3 * 4;
        ByteBuffer bytes = ByteBuffer.allocate(16_384).order(ByteOrder.LITTLE_ENDIAN);
        if (version > 0) {
            bytes.putInt(0x616b3432).putInt(version);
        }
        for (int size : sizes) {
            bytes.putInt(size);
        }
        if (version > 0) {
            bytes.put((byte) 1).putInt(version == 2 ? 2 : 0).position(256);
        }
        int length = bytes.position() + (version == 2
                ? norms * Float.BYTES + matrices + matrices / 2 * Float.BYTES
                : (norms + matrices + (version == 0 ? 16 * 2 : 0)) * Float.BYTES);
        while (bytes.position() < length) {
            bytes.put((byte) (bytes.position() % 4 == 3 ? 0x3c : 1));
        }
        return Arrays.copyOf(bytes.array(), length);
    }

    private static ModelConfig sizes() {
        return new ModelConfig("small", MODEL.dim(), MODEL.layers(), MODEL.heads(), MODEL.kvHeads(), MODEL.head(),
                MODEL.feedForward(), RandomLlama.VOCABULARY, 4096, 1e-5f, 10_000, 1);
    }

    private static LoraAdapter adapter() {
        int dim = MODEL.dim();
        return LoraAdapter.of("small", Map.of("blk.0.attn_q.weight", factors(dim, dim), "blk.0.ffn_down.weight",
                factors(MODEL.feedForward(), dim)));
    }

    private static LoraFactors factors(int inputs, int outputs) {
        float[] a = new float[2 * inputs];
        float[] b = new float[2 * outputs];
        Arrays.fill(a, 0.5f);
        Arrays.fill(b, 0.25f);
        return new LoraFactors(2, inputs, outputs, 1, a, b);
    }
}
