/** Fills Secrets that ask for a token of a ServiceAccount, and drops those of accounts that are gone (pkg/controller/serviceaccount/tokens_controller.go). */
import { encodeBase64 } from "../../encoding/index.ts";
import { secrets, serviceAccounts } from "../api/resources.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { keyOf, splitKey } from "./framework/lister.ts";
import { unlessGone } from "./framework/owners.ts";

const TYPE = "kubernetes.io/service-account-token";
const NAME = "kubernetes.io/service-account.name";
const UID = "kubernetes.io/service-account.uid";

export interface TokenSource {
  /** A token for an account that does not end, as long as the Secret that holds it is there. */
  mint(namespace: string, account: { readonly name: string; readonly uid: string }, secret: string): string;
  /** PEM. */
  readonly certificate: string;
}

export const tokenController = (source: TokenSource): ControllerDefinition => ({
  name: "serviceaccount-token-controller",
  serviceAccount: "token-controller",
  create({ client, lister }) {
    return {
      watches: [
        watch(secrets, ({ type, object }, queue) => {
          if (type !== "DELETED" && object.type === TYPE) queue.add(keyOf(object));
        }),
        watch(serviceAccounts, ({ object }, queue) => {
          for (const secret of lister.list(secrets, object.metadata.namespace))
            if (secret.type === TYPE && secret.metadata.annotations?.[NAME] === object.metadata.name)
              queue.add(keyOf(secret));
        }),
      ],
      sync(key) {
        const { namespace, name } = splitKey(key);
        const secret = lister.find(secrets, namespace, name);
        if (secret?.type !== TYPE) return;
        const account = lister.find(serviceAccounts, namespace, secret.metadata.annotations?.[NAME]);
        const uid = secret.metadata.annotations?.[UID];
        if (account === undefined || (uid !== undefined && uid !== "" && uid !== account.metadata.uid)) {
          unlessGone(() => client.delete(secrets, namespace, name));
          return;
        }
        if (secret.data?.["token"] !== undefined && uid === account.metadata.uid) return;
        const { name: accountName = "", uid: accountUid = "" } = account.metadata;
        client.modify(secrets, namespace, name, (next) => {
          next.metadata.annotations = { ...next.metadata.annotations, [UID]: accountUid };
          next.data = {
            ...next.data,
            "ca.crt": encodeBase64(source.certificate),
            namespace: encodeBase64(namespace),
            token: encodeBase64(source.mint(namespace, { name: accountName, uid: accountUid }, name)),
          };
        });
      },
    };
  },
});
