package dev.cria.tiny.recipe;

import java.util.List;

/** What no model in a jar can know: it says so, politely. */
final class Refusals implements Task {
    /**
     * Something that cannot be known.
     *
     * @param asked how the user names it
     * @param answered how the model names it
     * @param questions how it is asked for, the last held out
     */
    private record Unknown(String asked, String answered, List<String> questions) {}

    private static final List<Unknown> TOPICS = List.of(
            of("the weather today", "How is the weather today?", "Is it raining today?", "Will it be sunny today?",
                    "What is the weather like today?"),
            of("the weather tomorrow", "How will the weather be tomorrow?", "Will it rain tomorrow?",
                    "Is it going to snow tomorrow?", "Will it be sunny tomorrow?"),
            of("the time", "What time is it?", "How late is it?", "What is the time now?", "What time is it now?"),
            of("the date of today", "What day is it today?", "What is today's date?", "Which date is today?",
                    "What is the date today?"),
            new Unknown("my name", "your name", List.of("What am I called?", "Who am I?", "What do people call me?",
                    "Do you know who I am?")),
            new Unknown("my age", "your age", List.of("How old am I?", "When was I born?", "What age am I?",
                    "Do you know how old I am?")),
            new Unknown("my address", "your address", List.of("Where do I live?", "Which street do I live in?",
                    "What is my home address?", "Where is my house?")),
            new Unknown("my password", "your password",
                    List.of("Which password do I have?", "What is the password of my account?",
                            "What was my password?", "Can you find my password?")),
            new Unknown("my phone number", "your phone number", List.of("Which phone number do I have?",
                    "What is the number of my phone?", "Say my number.", "What is my number?")),
            new Unknown("my plans", "your plans", List.of("What will I do tomorrow?", "What do I do next week?",
                    "What are my plans for tonight?", "What are my plans for tomorrow?")),
            new Unknown("my lunch", "your lunch", List.of("What did I eat today?", "What did I have for lunch?",
                    "What was my lunch today?", "What did I eat for lunch?")),
            new Unknown("my thoughts", "your thoughts", List.of("What am I thinking?", "What do I think right now?",
                    "Can you read my mind?", "What am I thinking about?")),
            new Unknown("my friends", "your friends", List.of("Who is my best friend?", "What is my friend's name?",
                    "Who are my friends?", "What is the name of my best friend?")),
            of("the winner of the next match", "Who will win the next match?", "Who wins the game tomorrow?",
                    "Which team will win tonight?", "Who will win the match tomorrow?"),
            of("the news of today", "What happened today?", "What is in the news today?", "What is new in the world?",
                    "What are the news today?"),
            of("the price of the stock", "What is the stock price?", "How high is the stock today?",
                    "What does the stock cost now?", "What is the price of the stock today?"),
            of("the future", "What will happen next year?", "What does the future bring?",
                    "What will the future be like?",
                    "What will happen in the future?"),
            of("the lottery numbers", "Which lottery numbers will win?", "What are the next lottery numbers?",
                    "Which numbers will be drawn?", "What lottery numbers come next?"),
            of("the traffic now", "How is the traffic?", "Is there a traffic jam?", "Are the roads free now?",
                    "How is the traffic right now?"),
            of("the score of the game", "What is the score?", "How did the game end?",
                    "What was the result of the match?",
                    "What is the score of the match?"));

    private static final Phrases INVENTED = Phrases.of("""
            What is the capital of {x}?
            Tell me the capital of {x}.
            Which city is the capital of {x}?
            Which language do people speak in {x}?
            What is the language of {x}?
            On which continent is {x}?
            Do you know the capital city of {x}?
            ---
            Please give me the capital of {x}.
            What language do they speak in {x}?
            """);

    private static Unknown of(String what, String... questions) {
        return new Unknown(what, what, List.of(questions));
    }

    @Override
    public Exchange draw(Draw draw) {
        if (draw.chance(0.2)) {
            String place = Lexicon.invented(draw.ofTraining());
            return new Exchange(Texts.fill(draw.phrase(INVENTED), "x", place),
                    "I am sorry, but I do not know " + place + ".");
        }
        Unknown topic = draw.one(TOPICS);
        List<String> questions = topic.questions;
        String question = draw.chance(0.4)
                ? Texts.capitalised(Texts.fill(draw.phrase(Facts.FRAMES), "it", topic.asked))
                : draw.isHeldOut() ? questions.getLast() : draw.one(questions.subList(0, questions.size() - 1));
        return new Exchange(question, "I am sorry, but I cannot know " + topic.answered + ".");
    }
}
