// Asks the packages of others what they make of our messages: `node ask.cjs WHAT`, JSON in, JSON out.
const questions = {
  // Standard Webhooks' own verifier: by which of the secrets a message is of us.
  webhook({ secrets, headers, body }) {
    const { Webhook } = require("standardwebhooks");
    return secrets.map((secret) => {
      try {
        return new Webhook(secret).verify(body, headers).id;
      } catch (error) {
        return error.message;
      }
    });
  },
  // The SDK of CloudEvents: what it reads out of a request, once its schema has taken it.
  cloudevents({ headers, bodies }) {
    const { HTTP } = require("cloudevents");
    return bodies.map((body) => {
      const event = HTTP.toEvent({ headers, body });
      event.validate();
      return event.toJSON();
    });
  },
  // The library that Teams shows cards with: its complaints, and the card as it understood it.
  cards({ cards }) {
    const { AdaptiveCard, SerializationContext, Versions } = require("adaptivecards/dist/adaptivecards.js");
    return cards.map((told) => {
      const card = new AdaptiveCard();
      const context = new SerializationContext(Versions.v1_5);
      card.parse(told, context);
      const complaints = Array.from({ length: context.eventCount }, (_, n) => context.getEventAt(n).message);
      complaints.push(...card.validateProperties().validationEvents.map((event) => event.message));
      return { complaints, card: card.toJSON() };
    });
  },
};

const asked = require("fs").readFileSync(0, "utf8");
process.stdout.write(JSON.stringify(questions[process.argv[2]](JSON.parse(asked))));
