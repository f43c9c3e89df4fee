# win_auto_logon: Winlogon's values, the password as LSA's private data DefaultPassword.
# https://learn.microsoft.com/windows/win32/api/ntsecapi/nf-ntsecapi-lsastoreprivatedata

function Get-LsaType {
    # The few functions of LSA that no cmdlet reaches
    if (-not ('Officefleet.Lsa' -as [type])) {
        Add-Type -ErrorAction Stop -TypeDefinition @'
using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
namespace Officefleet {
    public static class Lsa {
        [StructLayout(LayoutKind.Sequential)]
        struct Text { public ushort Length; public ushort MaximumLength; public IntPtr Buffer; }
        [StructLayout(LayoutKind.Sequential)]
        struct Attributes { public int Length; public IntPtr Root; public IntPtr Name; public uint Flags; public IntPtr Descriptor; public IntPtr Quality; }
        [DllImport("advapi32.dll")]
        static extern uint LsaOpenPolicy(IntPtr system, ref Attributes attributes, uint access, out IntPtr policy);
        [DllImport("advapi32.dll")]
        static extern uint LsaStorePrivateData(IntPtr policy, ref Text key, IntPtr data);
        [DllImport("advapi32.dll", EntryPoint = "LsaStorePrivateData")]
        static extern uint LsaStoreText(IntPtr policy, ref Text key, ref Text data);
        [DllImport("advapi32.dll")]
        static extern uint LsaRetrievePrivateData(IntPtr policy, ref Text key, out IntPtr data);
        [DllImport("advapi32.dll")]
        static extern int LsaNtStatusToWinError(uint status);
        [DllImport("advapi32.dll")]
        static extern uint LsaFreeMemory(IntPtr memory);
        [DllImport("advapi32.dll")]
        static extern uint LsaClose(IntPtr policy);
        const uint GetPrivate = 0x4, CreateSecret = 0x20, NotFound = 0xC0000034;
        static Text Make(string value) {
            var found = new Text();
            found.Buffer = Marshal.StringToHGlobalUni(value);
            found.Length = (ushort)(value.Length * 2);
            found.MaximumLength = (ushort)(value.Length * 2 + 2);
            return found;
        }
        static void Check(uint status) {
            if (status != 0) throw new Win32Exception(LsaNtStatusToWinError(status));
        }
        static IntPtr Open() {
            var attributes = new Attributes();
            attributes.Length = Marshal.SizeOf(attributes);
            IntPtr policy;
            Check(LsaOpenPolicy(IntPtr.Zero, ref attributes, GetPrivate | CreateSecret, out policy));
            return policy;
        }
        public static string Get(string name) {
            var policy = Open();
            var key = Make(name);
            IntPtr data = IntPtr.Zero;
            try {
                uint status = LsaRetrievePrivateData(policy, ref key, out data);
                if (status == NotFound) return null;
                Check(status);
                var found = (Text)Marshal.PtrToStructure(data, typeof(Text));
                return found.Buffer == IntPtr.Zero ? "" : Marshal.PtrToStringUni(found.Buffer, found.Length / 2);
            } finally {
                Marshal.FreeHGlobal(key.Buffer);
                if (data != IntPtr.Zero) LsaFreeMemory(data);
                LsaClose(policy);
            }
        }
        public static void Set(string name, string value) {
            var policy = Open();
            var key = Make(name);
            try {
                if (value == null) {
                    uint status = LsaStorePrivateData(policy, ref key, IntPtr.Zero);
                    if (status != NotFound) Check(status);
                    return;
                }
                var data = Make(value);
                try { Check(LsaStoreText(policy, ref key, ref data)); }
                finally { Marshal.ZeroFreeGlobalAllocUnicode(data.Buffer); }
            } finally {
                Marshal.FreeHGlobal(key.Buffer);
                LsaClose(policy);
            }
        }
    }
}
'@
    }
    return 'Officefleet.Lsa' -as [type]
}

function Get-WinlogonKey {
    return 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon'
}

function Read-State($Arguments) {
    $key = Get-WinlogonKey
    $lsa = Get-LsaType
    $stored = $lsa::Get('DefaultPassword')
    $count = Get-RegistryData $key 'AutoLogonCount'
    return @{
        enabled = [string](Get-RegistryData $key 'AutoAdminLogon')
        username = [string](Get-RegistryData $key 'DefaultUserName')
        domain = [string](Get-RegistryData $key 'DefaultDomainName')
        count = $count
        plain = ($null -ne (Get-RegistryData $key 'DefaultPassword'))
        stored = ($null -ne $stored)
        password_fits = ($null -ne $stored -and $stored -ceq [string]$Arguments.password)
    }
}

function Invoke-Change($Change) {
    $key = Get-WinlogonKey
    $lsa = Get-LsaType
    Remove-RegistryEntry $key 'DefaultPassword'
    Remove-RegistryEntry $key 'AutoLogonCount'
    switch ($Change.op) {
        'enable' {
            $lsa::Set('DefaultPassword', [string]$Change.password)
            Set-RegistryEntry $key 'DefaultUserName' 'string' $Change.user
            Set-RegistryEntry $key 'DefaultDomainName' 'string' $Change.domain
            if ($null -ne $Change.count) {
                Set-RegistryEntry $key 'AutoLogonCount' 'dword' $Change.count
            }
            Set-RegistryEntry $key 'AutoAdminLogon' 'string' '1'
        }
        'disable' {
            Set-RegistryEntry $key 'AutoAdminLogon' 'string' '0'
            # a null string, which $null is not when it is bound to [string]
            $lsa::Set('DefaultPassword', [System.Management.Automation.Language.NullString]::Value)
        }
    }
}
